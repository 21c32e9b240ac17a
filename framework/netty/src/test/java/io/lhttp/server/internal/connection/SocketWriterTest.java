package io.lhttp.server.internal.connection;

import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.CloseStatus;
import io.lhttp.Connection;
import io.lhttp.Exchange;
import io.lhttp.Processor;
import io.lhttp.fixture.RawClient;
import io.lhttp.message.Message;
import io.lhttp.server.LhttpServer;
import io.lhttp.server.Limits;
import io.lhttp.server.fixture.EachTransport;
import io.lhttp.server.fixture.Servers;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/**
 * Frames of all lengths keep their order, whether they leave in the turn's buffer or by Netty's
 * channel.
 */
@EachTransport
class SocketWriterTest {
  /** Lengths below and above those of a moved range, a long frame and the whole buffer. */
  private static final List<Integer> LENGTHS =
      List.of(10, 100, 3_000, 15, 20_000, 1, 900, 70_000, 5, 5, 9_000, 140_000, 120, 2_100);

  private static final int COUNT = 300;

  private static final Queue<Connection> OPEN = new ConcurrentLinkedQueue<>();

  @SuppressWarnings({"NonFinalStaticField", "NullAway.Init"}) // created for each transport
  private static LhttpServer server;

  @EachTransport.Before
  static void start() throws IOException {
    server =
        Servers.start(builder ->
            builder
                .eventLoops(1)
                .limits(
                    Limits.builder()
                        .queueBytes(32 << 20)
                        .deliveryBytes(32 << 20)
                        .messageBytes(1 << 20)
                        .pingInterval(Duration.ofMinutes(10))
                        .build())
                .processor("mix", new OnLoop(SocketWriterTest::mix))
                .processor("last", new OnLoop(SocketWriterTest::last))
                .processor("join", new OnLoop(SocketWriterTest::join))
                .processor("interleave", new OnLoop(SocketWriterTest::interleave))
                .processor("abort", new OnLoop(SocketWriterTest::abort)));
  }

  @EachTransport.After
  static void stop() {
    server.close();
  }

  @Test
  void replies_ofAllLengths_keepTheirOrder() throws Exception {
    try (var client = RawClient.connect(server.port(), 4096)) {
      assertThat(client.send(RawClient.handshake("/")).answer().status()).isEqualTo(101);
      client.text("LHTTP/1.0 mix\r\n\r\n");
      client.text(Servers.echo("afterwards"));

      for (var i = 0; i < COUNT; i++) {
        assertIs(client.frame().text(), "m", i);
      }
      assertThat(client.frame().text()).endsWith("afterwards");
    }
  }

  @Test
  void close_afterReplies_isLast() throws Exception {
    try (var client = RawClient.open(server.port())) {
      client.text("LHTTP/1.0 last\r\n\r\n");

      for (var i = 0; i < COUNT; i++) {
        assertIs(client.frame().text(), "m", i);
      }
      assertThat(client.closeCode()).isEqualTo(CloseStatus.NORMAL.code());
    }
  }

  @Test
  void deliveries_ofInterleavedChannels_reachTheirSubscribersInOrder() throws Exception {
    try (var onlyA = joined("a");
        var onlyB = joined("b");
        var both = joined("a b");
        var publisher = RawClient.open(server.port())) {
      publisher.text("LHTTP/1.0 interleave\r\nack:true\r\n\r\n");

      assertThat(publisher.frame().text()).contains("status:200");
      for (var i = 0; i < COUNT; i++) {
        var channel = channel(i);
        assertIs(both.frame().text(), channel, i);
        assertIs((channel.equals("a") ? onlyA : onlyB).frame().text(), channel, i);
      }
    }
  }

  @Test
  void otherConnections_afterOneIsCutOffInTheirTurn_getTheirFrames() throws Exception {
    OPEN.clear();
    try (var cut = joined("cut");
        var other = joined("cut");
        var publisher = RawClient.open(server.port())) {
      publisher.text("LHTTP/1.0 abort\r\n\r\n");

      assertThat(other.frame().text()).endsWith("before");
      assertThat(other.frame().text()).endsWith("after");
      publisher.text(Servers.echo("still here"));
      assertThat(publisher.frame().text()).endsWith("still here");
      assertThat(cut.skipToEnd()).isNotNegative();
    }
  }

  private static RawClient joined(String channels) throws IOException {
    var client = RawClient.open(server.port());
    client.text("LHTTP/1.0 join\r\nack:true\r\n\r\n" + channels);
    assertThat(client.frame().text()).contains("status:200");
    return client;
  }

  private static void assertIs(String text, String command, int number) {
    assertThat(text).startsWith("LHTTP/1.0 " + command + "\r\n").endsWith("\r\n" + body(number));
  }

  private static String body(int number) {
    return number + " " + "x".repeat(LENGTHS.get(number % LENGTHS.size()));
  }

  /** Two of five messages are for channel b. */
  private static String channel(int number) {
    return number % 5 == 1 || number % 5 == 4 ? "b" : "a";
  }

  private static void mix(Exchange exchange) {
    for (var i = 0; i < COUNT; i++) {
      exchange.connection().send(Message.of("m", body(i)));
    }
  }

  private static void last(Exchange exchange) {
    mix(exchange);
    exchange.connection().close(CloseStatus.NORMAL);
  }

  private static void join(Exchange exchange) {
    OPEN.add(exchange.connection());
    for (var channel : exchange.request().body().split(" ", -1)) {
      exchange.connection().subscribe(channel);
    }
  }

  private static void interleave(Exchange exchange) {
    for (var i = 0; i < COUNT; i++) {
      exchange.publish(channel(i), Message.of(channel(i), body(i)));
    }
  }

  /** Ends the socket of the first subscriber between two of its frames. */
  private static void abort(Exchange exchange) {
    var first = OPEN.remove();
    first.send(Message.of("m", "first"));
    for (var other : OPEN) {
      other.send(Message.of("m", "before"));
    }
    ((Session) first).abort();
    first.send(Message.of("m", "dropped"));
    for (var other : OPEN) {
      other.send(Message.of("m", "after"));
    }
  }

  private record OnLoop(Consumer<Exchange> action) implements Processor {
    @Override
    public void onMessage(Exchange exchange) {
      action.accept(exchange);
    }

    @Override
    public boolean mayBlock() {
      return false;
    }
  }
}
