package io.lhttp.server.internal.connection;

import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.CloseStatus;
import io.lhttp.Connection;
import io.lhttp.Exchange;
import io.lhttp.Filter;
import io.lhttp.KeepsRoute;
import io.lhttp.NonBlocking;
import io.lhttp.Processor;
import io.lhttp.fixture.RawClient;
import io.lhttp.message.Message;
import io.lhttp.server.LhttpServer;
import io.lhttp.server.Limits;
import io.lhttp.server.fixture.EachTransport;
import io.lhttp.server.fixture.Servers;
import io.lhttp.server.internal.lifecycle.ServerInternals;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A virtual thread that sends on its own connection waits for room in the queue, and the event loop
 * sends more than fits. On other connections nobody waits, and the bound holds.
 */
@EachTransport
class RoomTest {
  private static final int QUEUE = 128 * 1024;
  private static final BlockingQueue<Boolean> ENDED = new LinkedBlockingQueue<>();

  /** The connection to which others send. Each test has its own. */
  @SuppressWarnings({"NonFinalStaticField", "NullAway.Init"}) // created for each test
  private static volatile CompletableFuture<Connection> idle = new CompletableFuture<>();

  @SuppressWarnings({"NonFinalStaticField", "NullAway.Init"}) // created for each transport
  private static LhttpServer server;

  @EachTransport.Before
  static void start() throws IOException {
    idle = new CompletableFuture<>();
    server =
        Servers.start(builder ->
            builder
                .filter("welcome", new Welcome())
                .eventLoops(1)
                .processor("many", RoomTest::many)
                .processor("many-on-loop", new OnLoop())
                .processor("flood-on-loop", new Flood())
                .processor(
                    "one", exchange -> idle.join().send(Message.of("m", "from another client")))
                .processor(
                    "other",
                    exchange -> {
                      for (var i = 0; i < 100 && idle.join().open(); i++) {
                        idle.join().send(Message.of("m", "x".repeat(60_000)));
                      }
                    })
                .limits(
                    Limits.builder()
                        .queueBytes(QUEUE)
                        .messageBytes(1 << 20)
                        .writeTime(Duration.ofSeconds(1))
                        .pingInterval(Duration.ofMinutes(10))
                        .build()));
  }

  @BeforeEach
  void forgetOthers() {
    ENDED.clear();
    idle = new CompletableFuture<>();
  }

  @EachTransport.After
  static void stop() {
    server.close();
  }

  /** Many times the queue's size, just below it, and above it with single messages. */
  @ParameterizedTest
  @CsvSource({
    "many, 100, 60000",
    "many, 2000, 1000",
    "many, 20, 130000",
    "many, 5, 500000",
    "many-on-loop, 100, 60000",
    "many-on-loop, 2000, 1000",
    "many-on-loop, 20, 130000",
    "many-on-loop, 5, 500000"
  })
  void sendMany_readingClient_getsAll(String command, int count, int length) throws Exception {
    var before = ServerInternals.of(server).counters().slowConsumers();
    try (var client = RawClient.open(server.port())) {
      client.text(
          "LHTTP/1.0 %s\r\nack:true\r\ncount:%d\r\nlength:%d\r\n\r\n"
              .formatted(command, count, length));

      for (var i = 0; i < count; i++) {
        assertThat(client.frame().text()).contains("\r\n\r\n" + i + " ").hasSizeGreaterThan(length);
      }
      assertThat(client.frame().text()).contains("status:200");
      assertThat(Servers.next(ENDED)).isTrue();
    }
    assertThat(ServerInternals.of(server).counters().slowConsumers()).isEqualTo(before);
  }

  @Test
  void sendMany_inOnOpen_waitsForRoom() throws Exception {
    try (var client = RawClient.connect(server.port())) {
      assertThat(client.send(RawClient.handshake("/welcome")).answer().status()).isEqualTo(101);
      for (var i = 0; i < 100; i++) {
        assertThat(client.frame().text()).contains("\r\n\r\n" + i + " ");
      }
      client.text(Servers.echo("in"));
      assertThat(client.frame().text()).endsWith("in");
    }
  }

  @Test
  void sendMany_clientReadsNothing_isClosedAtDeadline() throws Exception {
    var before = ServerInternals.of(server).counters().slowConsumers();
    try (var client = RawClient.connect(server.port(), 4096)) {
      assertThat(client.send(RawClient.handshake("/")).answer().status()).isEqualTo(101);
      client.text("LHTTP/1.0 many\r\ncount:1000\r\nlength:60000\r\n\r\n");

      assertThat(Servers.next(ENDED)).as("open").isFalse();
      assertThat(client.closeCode()).isEqualTo(CloseStatus.TOO_SLOW.code());
    }
    assertThat(ServerInternals.of(server).counters().slowConsumers()).isEqualTo(before + 1);
  }

  @Test
  void sendMany_toOtherFullConnection_doesNotWait() throws Exception {
    try (var unread = RawClient.connect(server.port());
        var client = RawClient.open(server.port())) {
      assertThat(unread.send(RawClient.handshake("/idle")).answer().status()).isEqualTo(101);

      client.text("LHTTP/1.0 other\r\nack:true\r\n\r\n");

      assertThat(client.frame().text()).contains("status:200");
      assertThat(unread.closeCode()).isEqualTo(CloseStatus.TOO_SLOW.code());
    }
  }

  @Test
  void foreignMessage_behindOwnReplies_isDelivered() throws Exception {
    try (var receiver = RawClient.connect(server.port(), 4096);
        var sender = RawClient.open(server.port())) {
      assertThat(receiver.send(RawClient.handshake("/idle")).answer().status()).isEqualTo(101);
      receiver.text("LHTTP/1.0 many-on-loop\r\ncount:100\r\nlength:60000\r\n\r\n");
      assertThat(Servers.next(ENDED)).isTrue();
      assertThat(idle.join().queuedBytes()).isGreaterThan(QUEUE);

      sender.text("LHTTP/1.0 one\r\nack:true\r\n\r\n");

      assertThat(sender.frame().text()).contains("status:200");
      for (var i = 0; i < 100; i++) {
        assertThat(receiver.frame().text()).contains("\r\n\r\n" + i + " ");
      }
      assertThat(receiver.frame().text()).endsWith("from another client");
    }
  }

  @Test
  void sendEndlessly_onLoop_isClosedForMemory() throws Exception {
    var before = ServerInternals.of(server).counters().memoryCloses();
    try (var client = RawClient.open(server.port())) {
      client.text("LHTTP/1.0 flood-on-loop\r\n\r\n");

      assertThat(client.closeCode()).isEqualTo(CloseStatus.BUSY.code());
    }
    assertThat(ServerInternals.of(server).counters().memoryCloses()).isEqualTo(before + 1);
  }

  private static void many(Exchange exchange) {
    var count = Integer.parseInt(exchange.request().header("count").orElseThrow());
    var length = Integer.parseInt(exchange.request().header("length").orElseThrow());
    send(exchange.connection(), count, length);
    ENDED.add(exchange.connection().open());
  }

  private static void send(Connection connection, int count, int length) {
    var body = "x".repeat(length);
    for (var i = 0; i < count; i++) {
      connection.send(Message.of("m", i + " " + body));
    }
  }

  /** Sends many messages on the event loop. */
  @NonBlocking
  private static final class OnLoop implements Processor {
    @Override
    public void onMessage(Exchange exchange) {
      many(exchange);
    }
  }

  /** Sends messages on the event loop until the connection is closed. */
  @NonBlocking
  private static final class Flood implements Processor {
    @Override
    public void onMessage(Exchange exchange) {
      while (exchange.connection().open()) {
        exchange.send("x".repeat(60_000));
      }
    }
  }

  /** A filter whose {@code onOpen} runs on a virtual thread. */
  @KeepsRoute
  private static final class Welcome implements Filter {
    @Override
    public void onOpen(Connection connection) {
      switch (connection.handshake().path()) {
        case "/welcome" -> send(connection, 100, 60_000);
        case "/idle" -> idle.complete(connection);
        default -> {}
      }
    }

    @Override
    public boolean mayBlock() {
      return false;
    }
  }
}
