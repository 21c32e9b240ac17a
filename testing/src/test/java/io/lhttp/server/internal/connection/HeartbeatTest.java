package io.lhttp.server.internal.connection;

import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.CloseStatus;
import io.lhttp.Exchange;
import io.lhttp.Processor;
import io.lhttp.channel.SlowConsumer;
import io.lhttp.fixture.RawClient;
import io.lhttp.message.Message;
import io.lhttp.server.Limits;
import io.lhttp.server.SlowConsumers;
import io.lhttp.server.fixture.Gate;
import io.lhttp.server.internal.lifecycle.ServerInternals;
import io.lhttp.testing.Eventually;
import io.lhttp.testing.LhttpServerExtension;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The server closes silent clients and slow consumers, and keeps the others. */
class HeartbeatTest {
  /** Long enough for a client on a busy machine to answer in time. */
  private static final Duration INTERVAL = Duration.ofSeconds(2);

  private static final int WAITING = 4;
  private static final String KILOBYTE = "x".repeat(1_000);

  private final Gate gate = new Gate();

  @RegisterExtension
  final LhttpServerExtension server =
      new LhttpServerExtension(builder ->
          builder
              .eventLoops(1)
              .limits(
                  Limits.builder()
                      .pingInterval(INTERVAL)
                      .writeTime(INTERVAL)
                      .waitingMessages(WAITING)
                      .controlFrames(1_000)
                      .closeTime(Duration.ofSeconds(1))
                      .build())
              .slowConsumers(SlowConsumers.of("*", SlowConsumer.LATEST))
              .processor("quick", new Quick())
              .processor("subscribe", exchange -> exchange.connection().subscribe("news"))
              .processor(
                  "gated",
                  exchange -> {
                    gate.pass();
                    exchange.send(exchange.request().body());
                  }));

  @AfterEach
  void openTheGate() {
    gate.open();
  }

  @Test
  void silentClient_isClosed_answeringClientStays() throws IOException {
    var live = server.connect();
    try (var silent = RawClient.open(server.uri());
        var answering = RawClient.open(server.uri())) {
      for (var ping = 0; ping < 3; ping++) {
        var frame = answering.frame();
        assertThat(frame.opcode()).isEqualTo(RawClient.PING);
        answering.frame(RawClient.FINAL | RawClient.PONG, frame.text());
      }

      assertThat(status(silent.closeFrame())).isEqualTo(CloseStatus.SILENT);
      answering.message(Message.of("quick", "still here"));
      assertThat(answering.receive().body()).isEqualTo("still here");
      assertThat(live.request(Message.of("quick", "me too")).body()).isEqualTo("me too");
    }
  }

  @Test
  void deadClient_isCutOffAndConnectionEnds() throws IOException {
    try (var dead = RawClient.open(server.uri())) {
      dead.skipToEnd();
    }
    Eventually.holds(
        "it is gone", () -> ServerInternals.of(server.server()).counters().connections() == 0);
  }

  @Test
  void unreadClient_withFullQueue_isNotClosed() throws Exception {
    try (var full = RawClient.open(server.uri())) {
      full.message(Message.of("gated", "held"));
      gate.awaitReached();
      for (var i = 0; i < 2 * WAITING; i++) {
        full.message(Message.of("quick", Integer.toString(i)));
      }

      for (var i = 0; i < 2; i++) { // each step takes more than one interval
        try (var silent = RawClient.open(server.uri())) {
          assertThat(status(silent.closeFrame())).isEqualTo(CloseStatus.SILENT);
        }
      }
      gate.open();

      assertThat(full.receive().body()).isEqualTo("held");
      for (var i = 0; i < 2 * WAITING; i++) {
        assertThat(full.receive().body()).isEqualTo(Integer.toString(i));
      }
    }
  }

  @Test
  void clientThatReadsSlowly_isNotClosed() throws IOException {
    try (var client = RawClient.open(server.uri())) {
      client.message(Message.builder("subscribe").header("ack", "true").build());
      assertThat(client.receive().header("status")).contains("200");
      var end = System.nanoTime() + 3 * INTERVAL.toNanos();
      while (System.nanoTime() - end < 0) {
        publish(50); // more than the socket takes
        for (var i = 0; i < 10; i++) {
          client.receive();
        }
        LockSupport.parkNanos(Duration.ofMillis(5).toNanos());
      }

      assertThat(ServerInternals.of(server.server()).counters().slowConsumers()).isZero();
      assertThat(ServerInternals.of(server.server()).counters().connections()).isEqualTo(1);
      assertThat(ServerInternals.of(server.server()).counters().dropped()).isPositive();
    }
  }

  private static CloseStatus status(RawClient.Frame close) {
    return new CloseStatus(close.closeCode(), close.closeReason());
  }

  private void publish(int count) {
    for (var i = 0; i < count; i++) {
      server.server().publish("news", Message.of("news", KILOBYTE));
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
