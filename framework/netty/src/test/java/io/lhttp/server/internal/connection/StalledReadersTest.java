package io.lhttp.server.internal.connection;

import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.Exchange;
import io.lhttp.Processor;
import io.lhttp.RefusedException;
import io.lhttp.channel.SlowConsumer;
import io.lhttp.fixture.RawClient;
import io.lhttp.message.Message;
import io.lhttp.server.LhttpServer;
import io.lhttp.server.Limits;
import io.lhttp.server.SlowConsumers;
import io.lhttp.server.fixture.EachTransport;
import io.lhttp.server.fixture.Servers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * Subscribers that read nothing cost at most the bytes of their queues, and do not delay others.
 */
@EachTransport
class StalledReadersTest {
  private static final int STALLED = 1_000;
  private static final int MESSAGES = 2_000;
  private static final int QUEUE = 128 * 1024;
  private static final long MEMORY = 64L << 20;
  private static final List<String> CHANNELS = List.of("closing", "dropping", "newest");

  /** Subscribes the connection to the channel in the body, and replies. */
  private static final Processor SUBSCRIBE =
      new Processor() {
        @Override
        public void onMessage(Exchange exchange) {
          exchange.connection().subscribe(List.of(exchange.request().body()));
          exchange.connection().send(exchange.request());
        }

        @Override
        public boolean mayBlock() {
          return false;
        }
      };

  @Test
  void stalledReaders_memoryIsBoundedAndGoodReaderGetsAll() throws Exception {
    var clients = new ArrayList<RawClient>();
    try (var server = start();
        var good = subscribed(server, "dropping")) {
      for (var i = 0; i < STALLED; i++) {
        clients.add(subscribed(server, CHANNELS.get(i % CHANNELS.size())));
      }
      var before = Servers.bufferBytes();
      var body = "x".repeat(60_000);

      for (var i = 0; i < MESSAGES; i++) {
        var message = Message.of("news", i + " " + body);
        for (var channel : CHANNELS) {
          publish(server, channel, message);
        }
        assertThat(good.frame().text()).contains("\r\n\r\n" + i + " x");
      }

      // Without a limit, two of the channels alone would hold twice 120 MB.
      assertThat(Servers.bufferBytes() - before).isLessThan(MEMORY);
      var statistics = server.statistics();
      assertThat(statistics.queuedBytes()).isLessThan(STALLED * (QUEUE + 256L * 1024));
      assertThat(statistics.slowConsumers()).isEqualTo((STALLED + 2) / 3);
      assertThat(statistics.dropped()).isPositive();
      good.text(Servers.echo("fine"));
      assertThat(good.frame().text()).endsWith("fine");
    } finally {
      for (var client : clients) {
        client.close();
      }
    }
  }

  /**
   * Publishes a message, and repeats it while the server refuses because an event loop is
   * congested.
   */
  private static void publish(LhttpServer server, String channel, Message message) {
    while (true) {
      try {
        server.publish(channel, message);
        return;
      } catch (RefusedException e) {
        assertThat(e.refusal().status()).isEqualTo(503);
        Thread.onSpinWait();
      }
    }
  }

  private static LhttpServer start() throws Exception {
    return Servers.start(builder ->
        builder
            .processor("subscribe", SUBSCRIBE)
            .slowConsumers(
                SlowConsumers.of(
                    new LinkedHashMap<>(
                        Map.of(
                            "dropping", SlowConsumer.DROP_OLDEST, "newest", SlowConsumer.LATEST))))
            .limits(
                Limits.builder()
                    .connectionsPerAddress(2 * STALLED)
                    .handshakesPerAddress(2 * STALLED)
                    .queueBytes(QUEUE)
                    .pingInterval(Duration.ofMinutes(10))
                    .build()));
  }

  private static RawClient subscribed(LhttpServer server, String channel) throws Exception {
    var client = RawClient.connect(server.port(), 4096);
    assertThat(client.send(RawClient.handshake("/")).answer().status()).isEqualTo(101);
    client.text("LHTTP/1.0 subscribe\r\n\r\n" + channel);
    assertThat(client.frame().text()).endsWith(channel);
    return client;
  }
}
