package io.lhttp.server.internal.connection;

import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.Exchange;
import io.lhttp.channel.ForwardingBroker;
import io.lhttp.channel.MemoryBroker;
import io.lhttp.fixture.RawClient;
import io.lhttp.server.LhttpServer;
import io.lhttp.server.Limits;
import io.lhttp.server.MemoryShare;
import io.lhttp.server.fixture.Servers;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The server bounds the memory that open connections keep, and modest connections find room. */
class KeptMemoryTest {
  /** Of these bytes connections may keep half. */
  private static final int MEMORY = 2 << 20;

  private static final int GREEDY = 40;

  /** Somewhat fewer bytes than any connection may keep. */
  private static final int DEAR = MEMORY / 2 / 4 * 3 - 4_096;

  private final List<RawClient> clients = new ArrayList<>();
  private final AtomicInteger channels = new AtomicInteger();

  @AfterEach
  void end() throws IOException {
    for (var client : clients) {
      client.close();
    }
  }

  @Test
  void subscriptionsOverMemory_areRefusedAndModestClientIsServed() throws Exception {
    try (var server = start()) {
      var refused = 0;
      for (var i = 0; i < GREEDY; i++) {
        var client = open(server);
        for (var n = 0; n < 10; n++) {
          refused += subscribe(client, 20).equals("503") ? 1 : 0;
        }
      }

      var memory = server.statistics().memory();
      assertThat(refused).isBetween(1, GREEDY * 10 - 1);
      assertThat(memory.refusals()).isEqualTo(refused);
      assertThat(memory.kept()).isBetween(memory.keptLimit() / 2, memory.keptLimit());
      assertThat(subscribe(open(server), 1)).isEqualTo("200");
      assertGivenBack(server);
    }
  }

  @Test
  void attributesOverMemory_areRefusedAndModestClientIsServed() throws Exception {
    try (var server = start()) {
      var refused = 0;
      for (var i = 0; i < GREEDY; i++) {
        refused += keep(open(server), 60_000).equals("503") ? 1 : 0;
      }

      var memory = server.statistics().memory();
      assertThat(refused).isBetween(1, GREEDY - 1);
      assertThat(memory.refusals()).isEqualTo(refused);
      assertThat(memory.kept()).isBetween(memory.keptLimit() / 2, memory.keptLimit());
      assertThat(keep(open(server), 500)).isEqualTo("200");
      assertGivenBack(server);
    }
  }

  @Test
  void attributes_countOnceAndAreGivenBack() throws Exception {
    try (var server = start()) {
      var client = open(server);
      var before = server.statistics().memory().kept();

      assertThat(keep(client, 10_000)).isEqualTo("200");
      assertThat(server.statistics().memory().kept() - before).isEqualTo(10 * 1024);
      assertThat(keep(client, 10_000)).isEqualTo("200");
      assertThat(server.statistics().memory().kept() - before).isEqualTo(10 * 1024);
      assertThat(keep(client, 1)).isEqualTo("200");
      assertThat(server.statistics().memory().kept() - before).isEqualTo(1024);
      assertGivenBack(server);
    }
  }

  @Test
  void sharedChannels_countOnce() throws Exception {
    try (var server = start()) {
      var first = open(server);
      var before = server.statistics().memory().kept();
      assertThat(send(first, "subscribe", "room")).isEqualTo("200");
      var own = server.statistics().memory().kept() - before;
      var second = open(server);
      before = server.statistics().memory().kept();
      assertThat(send(second, "subscribe", "room")).isEqualTo("200");
      assertThat(send(second, "subscribe", "room")).isEqualTo("200");

      assertThat(server.statistics().memory().kept() - before).isBetween(1L, own / 2);
      assertThat(send(second, "unsubscribe", "room")).isEqualTo("200");
      assertThat(server.statistics().memory().kept()).isEqualTo(before);
      assertGivenBack(server);
    }
  }

  @Test
  void memoryOfBroker_counts() throws Exception {
    var broker =
        new ForwardingBroker(new MemoryBroker()) {
          @Override
          public int channelBytes(String channel) {
            return channel.equals("dear") ? DEAR : 0;
          }
        };
    try (var server = start(builder -> builder.broker(broker))) {
      var first = open(server);
      assertThat(send(first, "subscribe", "dear")).isEqualTo("200");
      assertThat(server.statistics().memory().kept()).isBetween(0L + DEAR, DEAR + 2_000L);
      var second = open(server);
      assertThat(send(second, "subscribe", "dear")).isEqualTo("200");
      assertThat(server.statistics().memory().kept()).isBetween(0L + DEAR, DEAR + 2_000L);

      assertThat(subscribe(first, 50)).isEqualTo("503");
      assertThat(send(first, "unsubscribe", "dear")).isEqualTo("200");
      assertThat(subscribe(first, 50)).as("one subscriber is left").isEqualTo("503");
      assertThat(send(second, "unsubscribe", "dear")).isEqualTo("200");
      assertThat(subscribe(first, 50)).isEqualTo("200");
      assertGivenBack(server);
    }
  }

  @Test
  void headersOfHandshakes_overMemory_areRefusedAndModestClientIsServed() throws Exception {
    var headers = new ArrayList<String>();
    for (var i = 0; i < 90; i++) {
      headers.add("a" + i + ":");
    }
    var request = RawClient.handshake("/", headers.toArray(String[]::new));
    try (var server = start()) {
      var refused = 0;
      for (var i = 0; i < 3 * GREEDY; i++) {
        var client = RawClient.connect(server.port());
        clients.add(client);
        refused += client.send(request).answer().status() == 503 ? 1 : 0;
      }

      var memory = server.statistics().memory();
      assertThat(refused).isBetween(1, 3 * GREEDY - 1);
      assertThat(memory.kept()).isBetween(memory.keptLimit() / 2, memory.keptLimit());
      open(server);
      assertGivenBack(server);
    }
  }

  private void assertGivenBack(LhttpServer server) throws IOException {
    for (var client : clients) {
      client.close();
    }
    await("all is given back", () -> server.statistics().memory().kept() == 0);
  }

  /** Stores a value of this size in the connection's attributes, as the host of scripts does. */
  private static String keep(RawClient client, int bytes) throws IOException {
    return send(client, "keep", String.valueOf(bytes));
  }

  private String subscribe(RawClient client, int count) throws IOException {
    var names = new StringBuilder();
    for (var i = 0; i < count; i++) {
      names.append(' ').append(channels.incrementAndGet());
    }
    return send(client, "subscribe", names.toString());
  }

  /** Sends a message about these channels, and returns the status of the reply. */
  private static String send(RawClient client, String command, String names) throws IOException {
    client.text("LHTTP/1.0 " + command + "\r\nack:true\r\nchannels:" + names + "\r\n\r\n");
    return client.receive().header("status").orElse("none");
  }

  /** Opens a connection, and waits until the server has counted it. */
  private RawClient open(LhttpServer server) throws IOException {
    var client = RawClient.open(server.port());
    clients.add(client);
    client.text(Servers.echo("counted"));
    var _ = client.frame();
    return client;
  }

  /** Starts a server with one event loop, so that its channels have no second one. */
  private static LhttpServer start(Consumer<LhttpServer.Builder> configure) throws IOException {
    return Servers.start(builder -> {
      configure.accept(builder);
      builder
          .eventLoops(1)
          .processor("subscribe", exchange -> exchange.connection().subscribe(channels(exchange)))
          .processor(
              "keep",
              exchange ->
                  assertThat(
                          exchange
                              .connection()
                              .attributes()
                              .setBounded(
                                  "a",
                                  "value",
                                  Integer.parseInt(channels(exchange).getFirst()),
                                  1 << 20))
                      .isTrue())
          .processor(
              "unsubscribe",
              exchange -> channels(exchange).forEach(exchange.connection()::unsubscribe))
          .limits(
              Limits.builder()
                  .memory(MemoryShare.ofBytes(MEMORY))
                  .handshakesPerAddress(1_000)
                  .pingInterval(Duration.ofMinutes(10))
                  .build());
    });
  }

  private static LhttpServer start() throws IOException {
    return start(builder -> {});
  }

  private static List<String> channels(Exchange exchange) {
    return exchange.request().headers().words("channels");
  }

  private static void await(String what, BooleanSupplier condition) {
    var end = System.nanoTime() + Duration.ofMinutes(1).toNanos();
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as(what).isLessThan(end);
      LockSupport.parkNanos(2_000_000);
    }
  }
}
