package io.lhttp.server.internal.connection;

import io.lhttp.channel.SlowConsumer;
import io.lhttp.fixture.RawClient;
import io.lhttp.message.Message;
import io.lhttp.server.Limits;
import io.lhttp.server.SlowConsumers;
import io.lhttp.server.internal.lifecycle.ServerInternals;
import io.lhttp.testing.EachTransport;
import io.lhttp.testing.Eventually;
import io.lhttp.testing.LhttpServerExtension;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The server closes subscribers that read nothing, whatever else they do. */
@EachTransport
class UnreadSubscribersTest {
  private static final String KILOBYTE = "x".repeat(1_000);

  @RegisterExtension
  final LhttpServerExtension server =
      new LhttpServerExtension(builder ->
          builder
              .eventLoops(1)
              .limits(
                  Limits.builder()
                      .pingInterval(Duration.ofSeconds(2))
                      .writeTime(Duration.ofSeconds(2))
                      .controlFrames(1_000)
                      .closeTime(Duration.ofSeconds(1))
                      .build())
              .slowConsumers(SlowConsumers.of("*", SlowConsumer.LATEST))
              .processor("quick", exchange -> exchange.send(exchange.request().body()))
              .processor("subscribe", exchange -> exchange.connection().subscribe("news")));

  @Test
  void clientThatReadsNothing_butPings_isClosed() throws IOException {
    try (var client = RawClient.open(server.uri())) {
      client.message(Message.of("subscribe", ""));
      var counters = ServerInternals.of(server.server()).counters();
      Eventually.holds(
          "it is too slow",
          () -> {
            ping(client);
            publish(100);
            return counters.slowConsumers() == 1;
          });
      client.skipToEnd();
      Eventually.holds("it is gone", () -> counters.connections() == 0);
    }
  }

  @Test
  void closingClient_thatReadsNothing_isCutOff() throws IOException {
    try (var client = RawClient.open(server.uri())) {
      client.message(Message.builder("subscribe").header("ack", "true").build());
      client.receive();
      publish(2_000); // more than all buffers on the way hold
      var other = server.connect();
      other.request(Message.of("quick", "so the loop is through with it"));

      client.close(1000);

      Eventually.holds(
          "it is gone", () -> ServerInternals.of(server.server()).counters().connections() == 1);
    }
  }

  private static void ping(RawClient client) {
    try {
      client.frame(RawClient.FINAL | RawClient.PING, "alive");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void publish(int count) {
    for (var i = 0; i < count; i++) {
      server.server().publish("news", Message.of("news", KILOBYTE));
    }
  }
}
