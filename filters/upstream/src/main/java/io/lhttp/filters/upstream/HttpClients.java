package io.lhttp.filters.upstream;

import io.lhttp.Surroundings;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Proxy;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import okhttp3.ConnectionPool;
import okhttp3.Dns;
import okhttp3.Headers;
import okhttp3.OkHttpClient;
import okhttp3.Protocol;
import okhttp3.Request;
import okhttp3.Response;
import okhttp3.ResponseBody;
import okio.Buffer;

/**
 * Creates HTTP clients from one OkHttp client per process. The clients share its connections and
 * threads, and differ in allowed addresses and time limits.
 */
record HttpClients(OkHttpClient base) {
  /** The most idle connections that are kept; OkHttp's default is five. */
  private static final int IDLE_CONNECTIONS = 256;

  /**
   * The longest time that an idle connection is kept. Node and other servers close idle connections
   * after 5 s.
   */
  private static final Duration IDLE_TIME = Duration.ofSeconds(4);

  static final HttpClients SHARED = of(System::nanoTime);

  /**
   * Creates the shared client. It uses no proxy, which would bypass the sockets' check of
   * addresses, and follows no redirects, because the sender checks each redirect itself.
   */
  static HttpClients of(LongSupplier nanoTime) {
    var fresh = new FreshConnections(nanoTime);
    return new HttpClients(
        new OkHttpClient.Builder()
            .connectionPool(
                new ConnectionPool(IDLE_CONNECTIONS, IDLE_TIME.toMillis(), TimeUnit.MILLISECONDS))
            .addInterceptor(fresh::retryStale)
            .addNetworkInterceptor(fresh::checkIdle)
            .proxy(Proxy.NO_PROXY)
            .followRedirects(false)
            .followSslRedirects(false)
            .build());
  }

  /**
   * Returns the clients of the process, or clients whose requests these surroundings answer without
   * the network.
   */
  static HttpClients of(Surroundings surroundings) {
    return surroundings
        .http()
        .map(http ->
            new HttpClients(
                new OkHttpClient.Builder()
                    .addInterceptor(chain -> answer(http, chain.request()))
                    .followRedirects(false)
                    .followSslRedirects(false)
                    .build()))
        .orElse(SHARED);
  }

  private static Response answer(Surroundings.Http http, Request request) throws IOException {
    var sent = new Buffer();
    if (request.body() != null) {
      request.body().writeTo(sent);
    }
    var answer =
        http.answer(
            new Surroundings.Http.Request(
                request.method(),
                request.url().uri(),
                request.headers().toMultimap(),
                ByteBuffer.wrap(sent.readByteArray())));
    var headers = new Headers.Builder();
    answer.headers().forEach((name, values) -> values.forEach(value -> headers.add(name, value)));
    var body = new byte[answer.body().remaining()];
    answer.body().duplicate().get(body);
    return new Response.Builder()
        .request(request)
        .protocol(Protocol.HTTP_1_1)
        .code(answer.status())
        .message("")
        .headers(headers.build())
        .body(ResponseBody.create(body, null))
        .build();
  }

  /** The client has no deadline for a whole call, because each call sets its own. */
  OkHttpClient client(AddressPolicy policy, Duration connectTimeout) {
    return base.newBuilder()
        .socketFactory(new GuardedSockets(policy))
        .dns(new PolicyDns(policy, base.dns()))
        .connectTimeout(connectTimeout)
        .readTimeout(Duration.ZERO)
        .writeTimeout(Duration.ZERO)
        .build();
  }

  /**
   * Resolves names as the system does. OkHttp lends a pooled connection to every client with an
   * equal {@code Dns}, whatever its socket factory. As this record contains the policy, clients
   * with different policies have unequal {@code Dns} objects, and share no connection.
   */
  private record PolicyDns(AddressPolicy policy, Dns dns) implements Dns {
    @Override
    public List<InetAddress> lookup(String host) throws UnknownHostException {
      return dns.lookup(host);
    }
  }
}
