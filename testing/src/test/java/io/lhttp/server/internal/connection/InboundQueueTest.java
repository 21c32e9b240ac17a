package io.lhttp.server.internal.connection;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.Chain;
import io.lhttp.CloseStatus;
import io.lhttp.Connection;
import io.lhttp.Exchange;
import io.lhttp.Filter;
import io.lhttp.KeepsRoute;
import io.lhttp.Outcome;
import io.lhttp.Processor;
import io.lhttp.fixture.RawClient;
import io.lhttp.message.Message;
import io.lhttp.server.Limits;
import io.lhttp.server.fixture.Flood;
import io.lhttp.server.fixture.Gate;
import io.lhttp.server.internal.lifecycle.ServerInternals;
import io.lhttp.testing.EachTransport;
import io.lhttp.testing.Eventually;
import io.lhttp.testing.LhttpServerExtension;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * The inbound queue of a connection keeps order, bounds and its end; the tests use real sockets.
 */
@EachTransport
class InboundQueueTest {
  private static final int WAITING = 8;
  private static final int MALFORMED = 10;

  private final Gate gate = new Gate();
  private final Gate door = new Gate();
  private final List<String> trail = Collections.synchronizedList(new ArrayList<>());
  private final AtomicInteger running = new AtomicInteger();
  private final AtomicInteger mostRunning = new AtomicInteger();

  @RegisterExtension
  final LhttpServerExtension server =
      new LhttpServerExtension(builder ->
          builder
              .eventLoops(1)
              .limits(
                  Limits.builder().waitingMessages(WAITING).malformedMessages(MALFORMED).build())
              .filter("door", new Door())
              .processor("slow", this::echo)
              .processor("quick", new Quick())
              .processor(
                  "gated",
                  exchange -> {
                    trail.add("gated begins");
                    gate.pass();
                    exchange.send(exchange.request().body());
                    trail.add("gated ends");
                  }));

  @AfterEach
  void openTheGates() {
    gate.open();
    door.open();
  }

  @Test
  void replies_keepOrderOfMessages() throws Exception {
    var client = server.connect();
    client.send(Message.of("gated", "first"));
    gate.awaitReached();
    var bodies = IntStream.range(0, 200).mapToObj(Integer::toString).toList();
    Thread.ofVirtual()
        .start(() -> {
          for (var i = 0; i < bodies.size(); i++) {
            client.send(Message.of(i % 3 == 0 ? "slow" : "quick", bodies.get(i)));
          }
        });

    gate.open();

    assertThat(client.receive().body()).isEqualTo("first");
    assertThat(client.receive(bodies.size())).extracting(Message::body).isEqualTo(bodies);
    assertThat(mostRunning).as("exchanges at the same time").hasValue(1);
  }

  @Test
  void waitingExchange_doesNotDelayOtherConnections() throws Exception {
    var held = server.connect();
    held.send(Message.of("gated", "held"));
    gate.awaitReached();

    var other = server.connect();
    assertThat(other.request(Message.of("quick", "a")).body()).isEqualTo("a");
    assertThat(other.request(Message.of("slow", "b")).body()).isEqualTo("b");
    assertThat(held.idle()).isTrue();
  }

  @Test
  void ping_whileExchangeWaits_isAnswered() throws Exception {
    try (var client = RawClient.open(server.uri())) {
      client.message(Message.of("gated", "held"));
      client.message(Message.of("quick", "waits"));
      gate.awaitReached();

      client.frame(RawClient.FINAL | RawClient.PING, "are you there");

      assertThat(pong(client)).isEqualTo("are you there");
      gate.open();
      assertThat(client.receive().body()).isEqualTo("held");
      assertThat(client.receive().body()).isEqualTo("waits");
    }
  }

  @Test
  void fullQueue_stopsReadingAndLosesNothing() throws Exception {
    try (var client = RawClient.open(server.uri())) {
      client.message(Message.of("gated", "held"));
      gate.awaitReached();
      var flood = new Flood(client);

      var sent = flood.untilTheServerStopsReading();
      gate.open();

      assertThat(client.receive().body()).isEqualTo("held");
      for (var i = 0; i < sent; i++) {
        assertThat(client.receive().body()).startsWith(i + " ");
      }
      flood.join();
    }
  }

  @Test
  void clientThatSendsFasterThanItReads_isSlowedWithoutLoss() throws Exception {
    try (var client = RawClient.open(server.uri())) {
      var flood = new Flood(client);

      var sent = flood.untilTheServerStopsReading();

      for (var i = 0; i < sent; i++) {
        assertThat(client.receive().body()).startsWith(i + " ");
      }
      flood.join();
      assertThat(ServerInternals.of(server.server()).counters().slowConsumers()).isZero();
    }
  }

  @Test
  void closedConnection_dropsQueueAndEndsAfterRunningExchange() throws Exception {
    try (var client = RawClient.open(server.uri())) {
      client.message(Message.of("gated", "held"));
      gate.awaitReached();
      client.message(Message.of("quick", "too late"));
      client.message(Message.of("slow", "too late"));
      client.frame(RawClient.FINAL | RawClient.PING, "");
      pong(client); // the pong shows that the server has read all bytes before the ping
    }
    Eventually.holds(
        "the connection is gone",
        () -> ServerInternals.of(server.server()).counters().connections() == 0);
    assertThat(trail).containsExactly("open", "gated begins");

    gate.open();

    Eventually.holds("the filter has heard", () -> trail.contains("close"));
    assertThat(trail).containsExactly("open", "gated begins", "gated ends", "close");
  }

  @Test
  void filterThatCloses_dropsQueuedMessages() throws Exception {
    try (var client = RawClient.open(server.uri())) {
      client.message(Message.builder("gated").header("then", "close").build());
      gate.awaitReached();
      client.message(Message.of("quick", "too late"));
      client.message(Message.of("slow", "too late"));
      client.frame(RawClient.FINAL | RawClient.PING, "");
      pong(client);

      gate.open();

      assertThat(status(client.closeFrame())).isEqualTo(CloseStatus.FORBIDDEN);
    }
    Eventually.holds("the filter has heard", () -> trail.contains("close"));
    assertThat(trail).containsExactly("open", "gated begins", "gated ends", "close");
  }

  @Test
  void slowOnOpen_delaysMessages() throws Exception {
    try (var client = RawClient.open(server.uri().resolve("/wait"))) {
      door.awaitReached();
      client.message(Message.of("quick", "hello"));
      client.frame(RawClient.FINAL | RawClient.PING, "");
      pong(client);
      assertThat(trail).isEmpty();

      door.open();

      assertThat(client.receive().body()).isEqualTo("hello");
      assertThat(trail).containsExactly("open", "quick");
    }
  }

  @Test
  void failedOnOpen_closesAndRunsNoMessage() throws Exception {
    try (var client = RawClient.open(server.uri().resolve("/fail"))) {
      door.awaitReached();
      client.message(Message.of("quick", "hello"));
      client.message(Message.of("slow", "hello"));
      client.frame(RawClient.FINAL | RawClient.PING, "");
      pong(client);

      door.open();

      assertThat(status(client.closeFrame())).isEqualTo(CloseStatus.FAILED);
    }
    assertThat(server.server().drain()).as("the connection has ended").isTrue();
    assertThat(trail).as("no beginning, no end").isEmpty();
  }

  @Test
  void onOpenThatCloses_runsNoMessage() throws Exception {
    try (var client = RawClient.open(server.uri().resolve("/refuse"))) {
      door.awaitReached();
      client.message(Message.of("quick", "hello"));
      client.frame(RawClient.FINAL | RawClient.PING, "");
      pong(client);

      door.open();

      assertThat(status(client.closeFrame())).isEqualTo(CloseStatus.UNAUTHENTICATED);
    }
    Eventually.holds("the filter has heard", () -> trail.contains("close"));
    assertThat(trail).containsExactly("close");
  }

  @Test
  void malformedMessage_isAnsweredInTurn() throws Exception {
    var client = server.connect();
    client.send(Message.of("gated", "first"));
    gate.awaitReached();
    client.send("LHTTP/1.0\r\n\r\n");
    client.send(Message.of("quick", "third"));
    client.send("LHTTP/2.0 chat\r\n\r\n");

    gate.open();

    assertThat(client.receive().body()).isEqualTo("first");
    var malformed = client.receive();
    assertThat(malformed.command()).isEqualTo("error");
    assertThat(malformed.header("status")).contains("400");
    assertThat(malformed.header("error").orElse("")).isNotEmpty();
    assertThat(malformed.body()).isEmpty();
    assertThat(client.receive().body()).isEqualTo("third");
    assertThat(client.receive().header("status")).contains("505");
  }

  @Test
  void tenMalformedMessages_inARow_closeConnection() {
    var client = server.connect();

    for (var i = 0; i < MALFORMED; i++) {
      client.send("nonsense");
    }

    assertThat(client.receive(MALFORMED))
        .allSatisfy(reply -> assertThat(reply.header("status")).contains("400"));
    assertThat(client.closed().code()).isEqualTo(CloseStatus.MALFORMED.code());
    assertThat(ServerInternals.of(server.server()).counters().malformed()).isEqualTo(MALFORMED);
  }

  @Test
  void goodMessage_resetsCountOfMalformedMessages() {
    var client = server.connect();

    for (var round = 0; round < 3; round++) {
      for (var i = 0; i < MALFORMED - 1; i++) {
        client.send("nonsense");
      }
      client.receive(MALFORMED - 1);
      assertThat(client.request(Message.of("quick", "fine")).body()).isEqualTo("fine");
    }
  }

  private static CloseStatus status(RawClient.Frame close) {
    return new CloseStatus(close.closeCode(), close.closeReason());
  }

  /** Reads until the pong, and skips pings of the server. */
  private static String pong(RawClient client) throws IOException {
    while (true) {
      var frame = client.frame();
      if (frame.opcode() == RawClient.PONG) {
        return new String(frame.payload(), UTF_8);
      }
      assertThat(frame.opcode()).isEqualTo(RawClient.PING);
    }
  }

  private void echo(Exchange exchange) {
    mostRunning.accumulateAndGet(running.incrementAndGet(), Math::max);
    trail.add(exchange.request().command());
    exchange.send(exchange.request().body());
    running.decrementAndGet();
  }

  private final class Quick implements Processor {
    @Override
    public void onMessage(Exchange exchange) {
      echo(exchange);
    }

    @Override
    public boolean mayBlock() {
      return false;
    }
  }

  /** A filter whose {@code onOpen} does what the handshake's path says. */
  @KeepsRoute
  private final class Door implements Filter {
    @Override
    public void onOpen(Connection connection) throws Exception {
      switch (connection.handshake().path()) {
        case "/wait" -> door.pass();
        case "/fail" -> {
          door.pass();
          throw new IllegalStateException("no entry");
        }
        case "/refuse" -> {
          door.pass();
          connection.close(CloseStatus.UNAUTHENTICATED);
          return;
        }
        default -> {}
      }
      trail.add("open");
    }

    @Override
    public Outcome filter(Exchange exchange, Chain chain) throws Exception {
      var outcome = chain.proceed(exchange);
      return exchange.request().headers().is("then", "close")
          ? Outcome.closed(CloseStatus.FORBIDDEN)
          : outcome;
    }

    @Override
    public void onClose(Connection connection) {
      trail.add("close");
    }

    @Override
    public boolean mayBlock() {
      return false;
    }
  }
}
