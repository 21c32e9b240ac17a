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
 * Clients of one process-wide OkHttp client: they share its connections and threads, and differ in
 * which addresses they may dial and how long they wait.
 */
record HttpClients(OkHttpClient base) {
  /** Connections that wait for their next request; without a bound of ours, OkHttp keeps five. */
  private static final int IDLE_CONNECTIONS = 256;

  /** Shorter than the 5 s after which Node and others close theirs. */
  private static final Duration IDLE_TIME = Duration.ofSeconds(4);

  static final HttpClients SHARED = of(System::nanoTime);

  /** No proxy: it would dial past our sockets. Redirects are followed by us, after a check. */
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

  /** The process-wide ones, or such as are answered without the network. */
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

  /** Whole calls get their time when they are made. */
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
   * Looks names up as ever. OkHttp lends a connection to every client with an equal {@code Dns},
   * whatever makes its sockets: by this one, a connection that one policy has allowed never serves
   * a stricter one.
   */
  private record PolicyDns(AddressPolicy policy, Dns dns) implements Dns {
    @Override
    public List<InetAddress> lookup(String host) throws UnknownHostException {
      return dns.lookup(host);
    }
  }
}
