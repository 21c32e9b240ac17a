package io.lhttp.filters.upstream;

import java.net.InetAddress;
import java.net.Proxy;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import okhttp3.ConnectionPool;
import okhttp3.Dns;
import okhttp3.OkHttpClient;

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
