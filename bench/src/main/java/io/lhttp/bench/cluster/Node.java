package io.lhttp.bench.cluster;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * One server of the cluster, run by {@code lhttp serve}, with its connection to NATS. One thread
 * starts and ends it; all threads may read it.
 */
final class Node implements AutoCloseable {
  private static final HttpClient HTTP = HttpClient.newHttpClient();
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final int LOOK_MILLIS = 20;

  private final Path application;
  private final List<String> options;
  private final Relay relay;
  private final int port;
  private final Set<Integer> killed = ConcurrentHashMap.newKeySet();
  private final AtomicInteger life = new AtomicInteger();
  private Child child;

  private Node(Path application, List<String> options, Relay relay)
      throws IOException, InterruptedException {
    this.application = application;
    this.options = List.copyOf(options);
    this.relay = relay;
    this.port = Nats.freePort();
    this.child = run();
  }

  /**
   * @param application its folder, whose configuration reaches NATS at the port {@code NATS_PORT}
   * @param options of {@code serve}
   */
  static Node start(Path application, List<String> options, int natsPort)
      throws IOException, InterruptedException {
    return new Node(application, options, Relay.to(natsPort));
  }

  int port() {
    return port;
  }

  Relay relay() {
    return relay;
  }

  /** The number of the current start, from 0. */
  int life() {
    return life.get();
  }

  /** Whether the server was killed after this start. */
  boolean wasKilled(int life) {
    return killed.contains(life);
  }

  void kill() {
    killed.add(life.get());
    child.kill();
  }

  /** Ends the server with a drain. */
  void terminate() throws IOException, InterruptedException {
    child.terminate();
  }

  void restart() throws IOException, InterruptedException {
    life.incrementAndGet();
    child = run();
  }

  /** Waits until the server is ready, which means that it is connected to NATS. */
  void awaitReady() throws IOException, InterruptedException {
    var end = System.nanoTime() + PATIENCE.toNanos();
    while (!ready()) {
      if (System.nanoTime() - end > 0) {
        throw new IOException("server %d is not ready:\n%s".formatted(port, child.lastWords()));
      }
      Thread.sleep(LOOK_MILLIS);
    }
  }

  private boolean ready() throws InterruptedException {
    var request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/readyz"))
            .timeout(Duration.ofSeconds(5))
            .build();
    try {
      return HTTP.send(request, HttpResponse.BodyHandlers.discarding()).statusCode() == 200;
    } catch (IOException e) {
      return false;
    }
  }

  @Override
  public void close() throws IOException {
    child.close();
    relay.close();
  }

  private Child run() throws IOException, InterruptedException {
    var command = new ArrayList<String>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(
        List.of(
            "-Xmx256m",
            "-XX:TieredStopAtLevel=1",
            "-XX:+UseSerialGC",
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow"));
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), "io.lhttp.app.Main"));
    command.addAll(List.of("serve", application.toString(), "--port", Integer.toString(port)));
    command.addAll(options);
    return Child.start(
        command,
        Map.of("NATS_PORT", Integer.toString(relay.port())),
        application,
        line -> line.startsWith("listening on "));
  }
}
