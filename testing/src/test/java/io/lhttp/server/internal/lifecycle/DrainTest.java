package io.lhttp.server.internal.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.CloseStatus;
import io.lhttp.Connection;
import io.lhttp.Exchange;
import io.lhttp.Filter;
import io.lhttp.KeepsRoute;
import io.lhttp.Processor;
import io.lhttp.fixture.RawClient;
import io.lhttp.message.Message;
import io.lhttp.server.Drain;
import io.lhttp.server.fixture.Gate;
import io.lhttp.testing.Eventually;
import io.lhttp.testing.LhttpServerExtension;
import io.lhttp.testing.TestClient;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A server drains its connections and closes. */
class DrainTest {
  private static final Pattern REASON = Pattern.compile("draining; retry-after=(\\d+\\.\\d)");

  private final Gate gate = new Gate();
  private final Gate exit = new Gate();
  private final AtomicInteger closed = new AtomicInteger();
  private final AtomicInteger disposed = new AtomicInteger();

  @RegisterExtension
  final LhttpServerExtension patient = server(new Drain(Duration.ofSeconds(60), 1_000, pause()));

  @RegisterExtension
  final LhttpServerExtension hasty = server(new Drain(Duration.ofMillis(300), 1_000, pause()));

  @RegisterExtension
  final LhttpServerExtension slow = server(new Drain(Duration.ofSeconds(60), 10, pause()));

  private static Duration pause() {
    return Duration.ofSeconds(1);
  }

  private LhttpServerExtension server(Drain drain) {
    return new LhttpServerExtension(builder ->
        builder
            .drain(drain)
            .filter("watch", new Watch())
            .processor("quick", new Quick())
            .processor(
                "gated",
                exchange -> {
                  gate.pass();
                  exchange.send(exchange.request().body());
                }));
  }

  @AfterEach
  void openTheGates() {
    gate.open();
    exit.open();
  }

  @Test
  void drain_withoutConnections_succeedsAtOnce() throws Exception {
    assertThat(patient.server().drain()).isTrue();
  }

  @Test
  void readyz_afterDrain_answers503() throws Exception {
    assertThat(get(patient, "/readyz").statusCode()).isEqualTo(200);

    patient.server().drain();

    assertThat(get(patient, "/readyz").statusCode()).isEqualTo(503);
    assertThat(get(patient, "/livez").statusCode()).isEqualTo(200);
  }

  @Test
  void drain_newConnection_isRefusedWith503() throws Exception {
    patient.server().drain();

    try (var client = RawClient.connect(patient.uri().getPort())) {
      var answer = client.send(RawClient.handshake("/")).answer();
      assertThat(answer.status()).isEqualTo(503);
      assertThat(answer.header("retry-after")).isEqualTo("1");
    }
  }

  @Test
  void drain_closesEachConnectionWithSpreadRetryAfter() throws Exception {
    var clients = new ArrayList<TestClient>();
    for (var i = 0; i < 30; i++) {
      clients.add(patient.connect());
    }
    awaitConnections(patient, 30);

    assertThat(patient.server().drain()).isTrue();

    assertThat(clients)
        .extracting(client -> retryAfter(client.closed()))
        .allSatisfy(seconds -> assertThat(seconds).isBetween(1.0, 2.0))
        .satisfies(seconds -> assertThat(seconds.stream().distinct().count()).isGreaterThan(1));
    assertThat(ServerInternals.of(patient.server()).counters().connections()).isZero();
  }

  @Test
  void drain_closesConnectionsAtPace() throws Exception {
    var clients = new ArrayList<TestClient>();
    for (var i = 0; i < 6; i++) {
      clients.add(slow.connect());
    }
    awaitConnections(slow, 6);
    var begin = System.nanoTime();

    assertThat(slow.server().drain()).isTrue();

    // One connection is closed at once, and one each tenth of a second after that.
    assertThat(Duration.ofNanos(System.nanoTime() - begin)).isGreaterThan(Duration.ofMillis(450));
    assertThat(clients).allSatisfy(client -> assertThat(client.closed().code()).isEqualTo(1001));
  }

  @Test
  void drain_answersReceivedMessagesFirst() throws Exception {
    var client = patient.connect();
    client.send(Message.of("gated", "running"));
    gate.awaitReached();
    client.send(Message.of("quick", "waiting"));
    try (var raw = RawClient.open(patient.uri())) {
      awaitConnections(patient, 2);
      var drained = drain(patient);
      raw.closeFrame(); // the close frame shows that the drain has begun
      assertThat(drained).isNotDone();
      raw.frame(RawClient.FINAL | RawClient.CLOSE, "");

      gate.open();

      assertThat(client.receive().body()).isEqualTo("running");
      assertThat(client.receive().body()).isEqualTo("waiting");
      assertThat(client.closed().code()).isEqualTo(CloseStatus.GOING_AWAY.code());
      assertThat(drained.get(30, TimeUnit.SECONDS)).isTrue();
    }
  }

  @Test
  void drain_messageAfterCloseFrame_isNotAnswered() throws Exception {
    try (var client = RawClient.open(patient.uri())) {
      client.message(Message.of("gated", "running"));
      gate.awaitReached();
      CompletableFuture<Boolean> drained;
      try (var other = RawClient.open(patient.uri())) {
        awaitConnections(patient, 2);
        drained = drain(patient);
        // the close frame shows that both were closed, because they are in one group
        other.closeFrame();
      }
      client.message(Message.of("quick", "too late"));

      gate.open();

      assertThat(client.receive().body()).isEqualTo("running");
      assertThat(client.closeCode()).isEqualTo(CloseStatus.GOING_AWAY.code());
      client.frame(RawClient.FINAL | RawClient.CLOSE, "");
      assertThat(drained.get(30, TimeUnit.SECONDS)).isTrue();
    }
  }

  @Test
  void drain_waitsForHttpPublication() throws Exception {
    var uri = URI.create("http://" + patient.uri().getAuthority() + "/publish");
    var message = Message.builder("gated").header("publish", "a").build();
    try (var http = HttpClient.newHttpClient()) {
      var answer =
          http.sendAsync(
              HttpRequest.newBuilder(uri)
                  .POST(HttpRequest.BodyPublishers.ofByteArray(message.toBytes()))
                  .build(),
              HttpResponse.BodyHandlers.discarding());
      gate.awaitReached();
      var drained = drain(patient);
      Eventually.holds("it is draining", () -> get(patient, "/readyz").statusCode() == 503);
      try (var waited = RawClient.open(hasty.uri())) {
        assertThat(hasty.server().drain()).as("meanwhile another server was drained").isFalse();
        waited.closeFrame();
      }
      assertThat(drained).isNotDone();

      gate.open();

      assertThat(answer.get(30, TimeUnit.SECONDS).statusCode()).isEqualTo(200);
      assertThat(drained.get(30, TimeUnit.SECONDS)).isTrue();
    }
  }

  @Test
  void drain_atDeadline_givesUpAndCloseWorks() throws Exception {
    try (var client = RawClient.open(hasty.uri())) {
      client.message(Message.of("gated", "stuck"));
      gate.awaitReached();

      assertThat(hasty.server().drain()).isFalse();

      gate.open();
      hasty.server().close();
      client.skipToEnd();
    }
    assertThat(closed).hasValue(1);
  }

  @Test
  void drain_waitsForOnCloseOfFilters() throws Exception {
    try (var client = RawClient.open(patient.uri().resolve("/lingering"))) {
      awaitConnections(patient, 1);
      var drained = drain(patient);
      client.closeFrame();
      client.frame(RawClient.FINAL | RawClient.CLOSE, "");
      exit.awaitReached();
      assertThat(drained).isNotDone();

      exit.open();

      assertThat(drained.get(30, TimeUnit.SECONDS)).isTrue();
      assertThat(closed).hasValue(1);
    }
  }

  @Test
  void close_cutsConnectionsAndClosesFilters() throws IOException {
    var clients = new ArrayList<RawClient>();
    for (var i = 0; i < 20; i++) {
      clients.add(RawClient.open(patient.uri()));
    }
    awaitConnections(patient, 20);

    patient.server().close();

    for (var client : clients) {
      client.skipToEnd();
    }
    assertThat(closed).hasValue(20);
    assertThat(disposed).hasValue(1);
    for (var client : clients) {
      client.close();
    }
  }

  @Test
  void close_twice_closesFiltersOnce() {
    patient.server().close();
    patient.server().close();

    assertThat(disposed).hasValue(1);
  }

  private static CompletableFuture<Boolean> drain(LhttpServerExtension server) {
    return CompletableFuture.supplyAsync(
        () -> {
          try {
            return server.server().drain();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
          }
        },
        task -> Thread.ofVirtual().start(task));
  }

  /**
   * Waits until the server has this many connections, because a client finishes the handshake a
   * little earlier than the server.
   */
  private static void awaitConnections(LhttpServerExtension server, int count) {
    Eventually.holds(
        "all are open",
        () -> ServerInternals.of(server.server()).counters().connections() == count);
  }

  private static double retryAfter(CloseStatus code) {
    assertThat(code.code()).isEqualTo(CloseStatus.GOING_AWAY.code());
    var reason = REASON.matcher(code.reason());
    assertThat(reason.matches()).as(code.reason()).isTrue();
    return Double.parseDouble(reason.group(1));
  }

  private static HttpResponse<String> get(LhttpServerExtension server, String path) {
    var uri = URI.create("http://" + server.uri().getAuthority() + path);
    try (var http = HttpClient.newHttpClient()) {
      return http.send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString());
    } catch (java.io.IOException e) {
      throw new java.io.UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }

  @KeepsRoute
  private final class Watch implements Filter, AutoCloseable {
    @Override
    public void onClose(Connection connection) throws Exception {
      if (connection.handshake().path().equals("/lingering")) {
        exit.pass();
      }
      closed.incrementAndGet();
    }

    @Override
    public boolean mayBlock() {
      return false;
    }

    @Override
    public void close() {
      disposed.incrementAndGet();
    }
  }

  private static final class Quick implements Processor {
    @Override
    public void onMessage(Exchange exchange) {
      exchange.send(exchange.request().body());
    }

    @Override
    public boolean mayBlock() {
      return false;
    }
  }
}
