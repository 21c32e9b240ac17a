package io.lhttp.filters.auth;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.lhttp.Metric;
import io.lhttp.filters.auth.AuthOptions.Jwt;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/** An issuer that publishes the key set, the status and the delays that a test sets. */
final class TestIssuer implements AutoCloseable {
  /** The number of requests that have arrived. */
  final AtomicInteger asked = new AtomicInteger();

  volatile String published;
  volatile int status = 200;

  private final HttpServer server;
  private volatile CountDownLatch gate = new CountDownLatch(0);
  private volatile boolean stallsInBody;

  private TestIssuer(String published) throws IOException {
    this.published = published;
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext("/", this::answer);
    server.start();
  }

  /** Starts an issuer that publishes this key set. */
  static TestIssuer start(String published) throws IOException {
    return new TestIssuer(published);
  }

  /** Returns a key set of these keys. */
  static String set(String... keys) {
    return "{\"keys\":[" + String.join(",", keys) + "]}";
  }

  /** Returns options that read keys from this URI and refresh them after ten minutes. */
  static Jwt jwt(URI uri) {
    return new Jwt(
        Optional.empty(),
        List.of(),
        Optional.of(uri),
        Duration.ofMinutes(10),
        Optional.empty(),
        List.of(),
        false,
        Duration.ofSeconds(30),
        "sub");
  }

  /** Returns the number of fetches that ended with this result. */
  static double counted(Stream<Metric> metrics, String result) {
    return metrics
        .filter(metric -> metric.labels().containsValue(result))
        .mapToDouble(Metric::value)
        .sum();
  }

  /** Returns options that read the keys of this issuer. */
  Jwt jwt() {
    return jwt(URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/keys"));
  }

  /** Stalls further answers before their head, or within their body, until {@link #release}. */
  void stall(boolean inBody) {
    gate = new CountDownLatch(1);
    stallsInBody = inBody;
  }

  void release() {
    gate.countDown();
  }

  @Override
  public void close() {
    release();
    server.stop(0);
  }

  private void answer(HttpExchange exchange) throws IOException {
    asked.incrementAndGet();
    var body = published.getBytes(UTF_8);
    if (!stallsInBody) {
      pass();
    }
    exchange.getResponseHeaders().set("Location", "/elsewhere");
    exchange.sendResponseHeaders(status, body.length);
    exchange.getResponseBody().write(body, 0, body.length / 2);
    exchange.getResponseBody().flush();
    pass();
    exchange.getResponseBody().write(body, body.length / 2, body.length - body.length / 2);
    exchange.close();
  }

  private void pass() throws IOException {
    try {
      if (!gate.await(50, TimeUnit.SECONDS)) {
        throw new IOException("the test did not release the issuer");
      }
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }
}
