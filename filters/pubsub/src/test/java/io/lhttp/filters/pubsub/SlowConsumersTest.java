package io.lhttp.filters.pubsub;

import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.CloseStatus;
import io.lhttp.Connection;
import io.lhttp.Exchange;
import io.lhttp.Filter;
import io.lhttp.KeepsRoute;
import io.lhttp.Processor;
import io.lhttp.channel.SlowConsumer;
import io.lhttp.fixture.RawClient;
import io.lhttp.message.Message;
import io.lhttp.server.Limits;
import io.lhttp.server.SlowConsumers;
import io.lhttp.server.internal.lifecycle.ServerInternals;
import io.lhttp.server.internal.limit.Counters;
import io.lhttp.testing.EachTransport;
import io.lhttp.testing.Eventually;
import io.lhttp.testing.LhttpServerExtension;
import io.lhttp.testing.TestClient;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SequencedMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * The server drops deliveries to clients that do not read, or closes them, by each channel's
 * policy.
 */
@EachTransport
class SlowConsumersTest {
  private static final int QUEUE = 256 * 1024;

  /** The bytes that a socket takes before it counts as full, in addition to the queue. */
  private static final int WATER_MARK = 64 * 1024;

  /**
   * More messages than all buffers on the way hold: the queue's, the server's, the kernel's and the
   * client's.
   */
  private static final int MANY = 3_000;

  private static final String KILOBYTE = "x".repeat(1_000);

  private final Map<String, Connection> connections = new ConcurrentHashMap<>();
  private final CountDownLatch noticed = new CountDownLatch(1);

  @RegisterExtension
  final LhttpServerExtension server =
      new LhttpServerExtension(builder ->
          builder
              .eventLoops(1)
              .limits(
                  Limits.builder()
                      .queueBytes(QUEUE)
                      .writeTime(Duration.ofSeconds(1))
                      .connectionsPerAddress(2_000)
                      .handshakesPerAddress(2_000)
                      .build())
              .slowConsumers(SlowConsumers.of(policies()))
              .filter("watch", new Watch())
              .filter("pubsub", new PubSubFilter())
              .processor("echo", new Echo())
              .processor(
                  "endless",
                  exchange -> {
                    for (var i = 0; exchange.connection().open(); i++) {
                      exchange.send(i + " " + KILOBYTE);
                    }
                    noticed.countDown();
                  }));

  private static SequencedMap<String, SlowConsumer> policies() {
    var policies = new LinkedHashMap<String, SlowConsumer>();
    policies.put("prices.important", SlowConsumer.CLOSE);
    policies.put("prices.*", SlowConsumer.LATEST);
    policies.put("news", SlowConsumer.DROP_OLDEST);
    policies.put("sport", SlowConsumer.DROP_OLDEST);
    return policies;
  }

  @Test
  void defaultPolicy_deliversInOrderThenCloses() throws IOException {
    try (var slow = stalled("/slow", "chat")) {
      publish("chat", MANY);

      var expected = 0;
      var frame = slow.frame();
      while (frame.opcode() != RawClient.CLOSE) {
        if (frame.opcode() == RawClient.TEXT) {
          assertThat(number(frame.message())).isEqualTo(expected++);
        }
        frame = slow.frame();
      }
      assertThat(expected).isPositive();
      assertThat(counters().slowConsumers()).isEqualTo(1);
      assertThat(counters().dropped()).isZero();
    }
  }

  @Test
  void defaultPolicy_closesWithTooSlow() throws IOException {
    try (var slow = stalled("/slow", "chat")) {
      publish("chat", MANY);

      assertThat(status(slow.closeFrame())).isEqualTo(CloseStatus.TOO_SLOW);
    }
  }

  @Test
  void dropOldest_keepsNewestAndReportsMissed() throws IOException {
    try (var slow = stalled("/slow", "news")) {
      publish("news", MANY);

      var got = readUntil(slow, MANY - 1);

      assertThat(missed(got)).isEqualTo(counters().dropped()).isPositive();
      assertThat(got).hasSizeGreaterThan(QUEUE / 2 / KILOBYTE.length());
      assertThat(counters().slowConsumers()).isZero();
      assertThat(counters().connections()).isEqualTo(1);
    }
  }

  @Test
  void latest_keepsOneAndReportsMissed() throws IOException {
    try (var slow = stalled("/slow", "prices.eur")) {
      publish("prices.eur", MANY);
      assertThat(connection("/slow").queuedBytes()).isLessThan(WATER_MARK + 4_000L);

      var got = readUntil(slow, MANY - 1);

      assertThat(missed(got)).isEqualTo(counters().dropped()).isPositive();
      assertThat(counters().slowConsumers()).isZero();
    }
  }

  @Test
  void missed_isReportedOnce() throws IOException {
    try (var slow = stalled("/slow", "prices.eur")) {
      publish("prices.eur", MANY);
      readUntil(slow, MANY - 1);

      publish("prices.eur", 1);
      slow.message(Message.of("echo", "1"));

      assertThat(slow.receive().header("missed")).isEmpty();
    }
  }

  @Test
  void missed_replacesHeaderOfPublisher() throws IOException {
    try (var slow = stalled("/slow", "prices.eur")) {
      var pretending = Message.builder("n").header("missed", "1000000");
      for (var i = 0; i < MANY; i++) {
        server.server().publish("prices.eur", pretending.body(i + " " + KILOBYTE).build());
      }
      settle();

      Message message;
      do {
        message = slow.receive();
      } while (number(message) < MANY - 1);
      assertThat(message.headers())
          .filteredOn(header -> header.name().equals("missed"))
          .singleElement()
          .satisfies(
              header -> assertThat(Long.parseLong(header.value())).isBetween(1L, (long) MANY));
    }
  }

  @Test
  void policy_ofFirstMatchingPattern_applies() throws IOException {
    try (var important = stalled("/important", "prices.important");
        var other = stalled("/other", "prices.other")) {
      publish("prices.important", MANY);
      publish("prices.other", MANY);

      assertThat(status(important.closeFrame())).isEqualTo(CloseStatus.TOO_SLOW);
      readUntil(other, MANY - 1);
    }
  }

  @Test
  void missed_ofTwoChannels_isReportedSeparately() throws IOException {
    try (var slow = stalled("/slow", "news", "sport")) {
      for (var i = 0; i < MANY; i++) {
        publishOne("news", "news", i);
        publishOne("sport", "sport", i);
      }
      settle();

      var news = new ArrayList<Message>();
      var sport = new ArrayList<Message>();
      while (!endsWith(news, MANY - 1) || !endsWith(sport, MANY - 1)) {
        var message = slow.receive();
        (message.command().equals("news") ? news : sport).add(message);
      }
      assertThat(missed(news) + missed(sport)).isEqualTo(counters().dropped()).isPositive();
    }
  }

  @Test
  void fullQueue_dropsDroppableForOtherDeliveries() throws IOException {
    try (var slow = stalled("/slow", "news", "chat")) {
      publish("news", MANY);

      publishOne("chat", "chat", 0);
      slow.message(Message.of("echo", "a reply"));

      var others = new ArrayList<String>();
      while (others.size() < 2) {
        var message = slow.receive();
        if (!message.command().equals("n")) {
          others.add(message.command());
        }
      }
      assertThat(others).containsExactlyInAnyOrder("chat", "echo");
      assertThat(counters().slowConsumers()).isZero();
    }
  }

  @Test
  void droppableDeliveries_displaceNoOthers() throws IOException {
    try (var slow = stalled("/slow", "news", "chat")) {
      var sent = 0; // fills the sockets, however much they hold, and half of the queue
      while (connection("/slow").queuedBytes() < QUEUE / 2) {
        for (var i = 0; i < 50; i++) {
          publishOne("chat", "chat", sent++);
        }
        settle();
      }
      var before = counters().dropped();
      publish("news", MANY);

      for (var i = 0; i < sent; i++) {
        var message = slow.receive();
        assertThat(message.command()).isEqualTo("chat");
        assertThat(number(message)).isEqualTo(i);
      }
      assertThat(counters().dropped()).isGreaterThan(before);
    }
  }

  @Test
  void queuedBytes_areBoundedAndReported() throws IOException {
    try (var slow = stalled("/slow", "news")) {
      var connection = connection("/slow");
      var sent = 0; // fills the sockets, however much they hold, and half of the queue
      while (connection.queuedBytes() < QUEUE / 2) {
        for (var i = 0; i < 500; i++) {
          publishOne("news", "n", sent++);
        }
        settle();
      }

      assertThat(connection.queuedBytes()).isLessThanOrEqualTo(QUEUE + 4_000L);

      readUntil(slow, sent - 1);
      Eventually.holds("nothing waits any more", () -> connection.queuedBytes() == 0);
    }
  }

  @Test
  void endlessReplies_toStalledClient_closeIt() throws Exception {
    try (var slow = RawClient.open(server.uri())) {
      slow.message(Message.of("endless", ""));

      assertThat(noticed.await(TestClient.PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
      assertThat(status(slow.closeFrame())).isEqualTo(CloseStatus.TOO_SLOW);
    }
  }

  @Test
  void thousandStalledReaders_areBoundedAndDelayNobody() throws IOException {
    var healthy = server.connect();
    healthy.subscribe("news", "sport");
    var stalled = new ArrayList<RawClient>();
    try {
      for (var i = 0; i < 1_000; i++) {
        stalled.add(stalled("/stalled" + i, "news"));
      }
      var padding = KILOBYTE.repeat(8);
      for (var i = 0; i < 100; i++) {
        server.server().publish("news", Message.of("news", i + " " + padding));
        assertThat(number(healthy.receive())).isEqualTo(i);
      }

      assertThat(connections)
          .hasSize(1_001)
          .allSatisfy((path, connection) ->
              assertThat(connection.queuedBytes()).isLessThan(QUEUE + 10_000L));
      assertThat(counters().dropped()).isGreaterThan(1_000);
      assertThat(counters().connections()).isEqualTo(1_001);
      assertThat(healthy.request(Message.of("echo", "fine")).body()).isEqualTo("fine");
    } finally {
      for (var client : stalled) {
        client.close();
      }
    }
  }

  private static CloseStatus status(RawClient.Frame close) {
    return new CloseStatus(close.closeCode(), close.closeReason());
  }

  private RawClient stalled(String path, String... channels) throws IOException {
    var client = RawClient.open(server.uri().resolve(path));
    client.message(
        Message.builder("subscribe")
            .header("subscribe", String.join(" ", channels))
            .header("ack", "true")
            .build());
    assertThat(client.receive().header("status")).contains("200");
    return client;
  }

  private void publish(String channel, int count) {
    for (var i = 0; i < count; i++) {
      publishOne(channel, "n", i);
    }
    settle();
  }

  private void publishOne(String channel, String command, int number) {
    server.server().publish(channel, Message.of(command, number + " " + KILOBYTE));
  }

  /** Waits until the only event loop has handled all publications. */
  private void settle() {
    try (var client = TestClient.connect(server.uri().resolve("/settle"))) {
      client.request(Message.of("echo", ""));
    }
    connections.remove("/settle");
  }

  /**
   * Reads until the delivery with this number, and requires that the message after each gap reports
   * it.
   */
  private static List<Message> readUntil(RawClient client, int last) throws IOException {
    var got = new ArrayList<Message>();
    while (!endsWith(got, last)) {
      got.add(client.receive());
    }
    return got;
  }

  private static long missed(List<Message> got) {
    var expected = 0;
    var missed = 0L;
    for (var message : got) {
      var reported = message.header("missed").map(Long::parseLong).orElse(0L);
      assertThat(reported)
          .as("missed before %d", number(message))
          .isEqualTo(number(message) - expected);
      expected = number(message) + 1;
      missed += reported;
    }
    return missed;
  }

  private static boolean endsWith(List<Message> messages, int number) {
    return !messages.isEmpty() && number(messages.getLast()) == number;
  }

  private static int number(Message message) {
    var body = message.body();
    return Integer.parseInt(body.substring(0, body.indexOf(' ')));
  }

  private Connection connection(String path) {
    return Objects.requireNonNull(connections.get(path), path);
  }

  private Counters counters() {
    return ServerInternals.of(server.server()).counters();
  }

  /** Remembers connections by the path of their handshake. */
  @KeepsRoute
  private final class Watch implements Filter {
    @Override
    public void onOpen(Connection connection) {
      connections.put(connection.handshake().path(), connection);
    }

    @Override
    public boolean mayBlock() {
      return false;
    }
  }

  private static final class Echo implements Processor {
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
