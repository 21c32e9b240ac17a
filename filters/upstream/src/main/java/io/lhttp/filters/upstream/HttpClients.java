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
 * Creates clients from one process-wide OkHttp client. They share its connections and threads, and
 * differ in allowed addresses and time limits.
 */
record HttpClients(OkHttpClient base) {
  /** The limit of idle connections; OkHttp's default is five. */
  private static final int IDLE_CONNECTIONS = 256;

  /** Shorter than the 5 s after which Node and other servers close idle connections. */
  private static final Duration IDLE_TIME = Duration.ofSeconds(4);

  static final HttpClients SHARED = of(System::nanoTime);

  /**
   * Without a proxy, which would bypass our sockets, and without OkHttp's redirects, because the
   * sender checks each redirect.
   */
  static HttpClients of(LongSupplier nanoTime) {
    var fresh = new FreshConnections(nanoTime);
    return new HttpClients(
        new OkHttpClient.Builder()
            .connectionPool(
                new ConnectionPool(IDLE_CONNECTIONS, IDLE_TIME.toMillis(), TimeUnit.MILLISECONDS))
            .addInterceptor(fresh::again)
            .addNetworkInterceptor(fresh::look)
            .proxy(Proxy.NO_PROXY)
            .followRedirects(false)
            .followSslRedirects(false)
            .build());
  }

  /**
   * Returns the process-wide clients, or clients that these surroundings answer without the
   * network.
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

  /** The deadline of a whole call is set per call. */
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
   * equal {@code Dns}, whatever its socket factory. With this class, two policies never have an
   * equal one, so that a connection of one policy never serves a stricter one.
   */
  private record PolicyDns(AddressPolicy policy, Dns dns) implements Dns {
    @Override
    public List<InetAddress> lookup(String host) throws UnknownHostException {
      return dns.lookup(host);
    }
  }
}
