package io.lhttp.testing;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.lhttp.RefusedException;
import io.lhttp.channel.Broker;
import io.lhttp.message.Message;
import io.lhttp.message.MessageReader;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * The contract of {@link Broker} as tests. The author of a broker extends this class; all tests
 * have to pass, with deliveries on any thread.
 */
public abstract class BrokerContract {
  /**
   * Names with all characters that have a meaning to some broker. A broker must keep these channels
   * apart.
   */
  private static final List<String> NAMES =
      List.of(
          "a",
          "A",
          "b",
          "a.b",
          "a.*",
          "a.>",
          "*",
          ">",
          "*.*",
          "a..b",
          ".a",
          "a.",
          ".",
          "..",
          "/",
          "a/b",
          "a/+",
          "#",
          "+",
          "$",
          "$SYS.x",
          "$JS.API.INFO",
          "_INBOX.x",
          "_",
          "-",
          "=",
          "%",
          "%2A",
          "=2A",
          "_2A",
          "-2A",
          "\\",
          "\\*",
          "\"",
          "'",
          "`",
          "{a}",
          "[a]",
          "(a)",
          "?",
          "!",
          "a,b",
          "a;b",
          "a:b",
          "@",
          "&",
          "|",
          "~",
          "^",
          "\u00a0",
          "ä",
          "a\u0308",
          "日本語",
          "\ud83d\ude00",
          "\ufffd",
          "x".repeat(255),
          "x".repeat(254),
          "ö".repeat(127));

  private final BlockingQueue<Delivery> deliveries = new LinkedBlockingQueue<>();

  @SuppressWarnings("NullAway.Init") // before each test
  private Broker broker;

  /** Creates a broker that is not started yet. The test closes it. */
  protected abstract Broker create() throws Exception;

  @BeforeEach
  void start() throws Exception {
    broker = create();
    broker.start();
  }

  @AfterEach
  void end() {
    broker.close();
  }

  @Test
  void publish_afterSubscribe_isDelivered() {
    subscribe("a");

    publish("a", text("hello"));

    expect("a", text("hello"));
  }

  @Test
  void publish_toOtherChannel_isNotDelivered() {
    subscribe("a");

    publish("b", text("to another channel"));
    publish("a", text("hello"));

    expect("a", text("hello"));
  }

  @Test
  void publish_equalMessages_deliversEachOnce() {
    subscribe("a");

    publish("a", text("1"));
    publish("a", text("1"));
    publish("a", text("end"));

    expect("a", text("1"));
    expect("a", text("1"));
    expect("a", text("end"));
  }

  @Test
  void publish_fromOneThread_keepsOrder() {
    subscribe("a");

    for (var i = 0; i < 1_000; i++) {
      publish("a", text(Integer.toString(i)));
    }

    for (var i = 0; i < 1_000; i++) {
      expect("a", text(Integer.toString(i)));
    }
  }

  @Test
  void publish_throughFeedAndBroker_keepsOrder() {
    var feed = subscribe("a");

    for (var i = 0; i < 100; i++) {
      if (i % 2 == 0) {
        feed.publish(text(Integer.toString(i)));
      } else {
        broker.publish("a", text(Integer.toString(i)));
      }
    }
    broker.flush();

    for (var i = 0; i < 100; i++) {
      expect("a", text(Integer.toString(i)));
    }
  }

  @Test
  void publish_throughEndedFeed_reachesChannel() {
    var feed = subscribe("a");
    feed.end();

    feed.publish(text("for nobody"));
    broker.flush();
    subscribe("a");
    feed.publish(text("for the next"));
    broker.flush();

    expect("a", text("for the next"));
  }

  @Test
  void flush_severalChannels_keepsOrderPerChannel() {
    subscribe("a");
    subscribe("b");

    for (var i = 0; i < 100; i++) {
      broker.publish(i % 2 == 0 ? "a" : "b", text(Integer.toString(i)));
    }
    broker.flush();

    var next = new HashMap<>(Map.of("a", 0, "b", 1));
    for (var i = 0; i < 100; i++) {
      var delivery = next();
      var number = next.merge(delivery.channel, 2, Integer::sum) - 2;
      assertEquals(text(Integer.toString(number)), delivery.message);
    }
  }

  @Test
  void publish_fromThreadsInTurn_keepsOrder() throws Exception {
    subscribe("a");

    for (var i = 0; i < 100; i++) {
      var message = text(Integer.toString(i));
      Thread.ofPlatform().start(() -> publish("a", message)).join();
    }

    for (var i = 0; i < 100; i++) {
      expect("a", text(Integer.toString(i)));
    }
  }

  @Test
  void publish_afterFeedEnds_isNotDelivered() {
    var feed = subscribe("a");
    publish("a", text("before"));
    expect("a", text("before"));

    feed.end();
    publish("a", text("in between"));
    subscribe("a");
    publish("a", text("after"));

    expect("a", text("after"));
  }

  @Test
  void end_oneFeed_keepsOtherChannels() {
    var feed = subscribe("a");
    subscribe("b");
    feed.end();

    publish("b", text("hello"));

    expect("b", text("hello"));
  }

  @Test
  void subscribe_afterEnd_deliversAgain() {
    for (var i = 0; i < 100; i++) {
      var feed = subscribe("a");
      publish("a", text(Integer.toString(i)));
      expect("a", text(Integer.toString(i)));
      feed.end();
    }
  }

  @Test
  void textMessage_arrivesByteForByte() {
    subscribe("a");
    var messages =
        List.of(
            Message.builder("chat")
                .header("Content-Type", "json")
                .header("publish", "a")
                .header("k", "1")
                .header("K", "2")
                .body("ünïcode \ud83d\ude00\r\n\r\nmore\u0000")
                .build(),
            read("LHTTP/1.0 chat\r\n\r\n"),
            read("LHTTP/1.0 chat\r\nk: \t v \r\n\r\nbody"),
            read("LHTTP/1.0 chat\r\nsubscribe:a\r\n"),
            text("x".repeat(60_000)));

    messages.forEach(message -> publish("a", message));

    messages.forEach(message -> expect("a", message));
  }

  @Test
  void binaryMessage_arrivesByteForByteAsBinary() {
    subscribe("a");
    var bytes = new byte[60_000];
    new Random(1).nextBytes(bytes);
    var random = Message.builder("chat").header("k", "v").body(bytes).build();
    var alsoValidAsText = Message.builder("chat").body("hello".getBytes(UTF_8)).build();

    publish("a", random);
    publish("a", alsoValidAsText);
    publish("a", text("hello"));

    expect("a", random);
    expect("a", alsoValidAsText);
    expect("a", text("hello"));
  }

  @Test
  void channelNames_areAllDistinct() {
    NAMES.forEach(this::subscribe);

    for (var i = 0; i < NAMES.size(); i++) {
      publish(NAMES.get(i), text(Integer.toString(i)));
    }

    var byChannel = new HashMap<String, Message>();
    for (var name : NAMES) {
      var delivery = next();
      assertEquals(null, byChannel.put(delivery.channel, delivery.message), name);
    }
    for (var i = 0; i < NAMES.size(); i++) {
      assertEquals(text(Integer.toString(i)), byChannel.get(NAMES.get(i)), NAMES.get(i));
    }
  }

  @Test
  void channelName_reachesOnlyItsOwnChannel() {
    for (var name : NAMES) {
      var feed = subscribe(name);
      NAMES.stream()
          .filter(other -> !other.equals(name))
          .forEach(other -> publish(other, text(other)));
      publish(name, text("its own"));
      expect(name, text("its own"));
      feed.end();
    }
  }

  @Test
  void publish_fromManyThreads_keepsOrderPerThread() throws Exception {
    var threads = 8;
    var each = 500;
    subscribe("a");

    inParallel(
        threads,
        thread -> {
          for (var i = 0; i < each; i++) {
            publish("a", Message.of("t" + thread, Integer.toString(i)));
          }
        });

    var next = new int[threads];
    for (var n = 0; n < threads * each; n++) {
      var message = next().message;
      var thread = Integer.parseInt(message.command().substring(1));
      assertEquals(Integer.toString(next[thread]++), message.body(), message.command());
    }
  }

  @Test
  void subscribeAndEnd_whileOthersPublish_losesNothing() throws Exception {
    var threads = 6;
    var rounds = 100;
    subscribe("steady");

    inParallel(
        threads,
        thread -> {
          var channel = "c" + thread;
          for (var i = 0; i < rounds; i++) {
            var feed = subscribe(channel);
            publish("steady", text(thread + " " + i));
            feed.end();
          }
          subscribe(channel);
          publish(channel, text("end"));
        });

    var steady = 0;
    var ended = 0;
    while (steady < threads * rounds || ended < threads) {
      if (next().channel.equals("steady")) {
        steady++;
      } else {
        ended++;
      }
    }
  }

  @Test
  void publish_afterClose_isNotDelivered() {
    subscribe("a");
    publish("a", text("before"));
    expect("a", text("before"));

    broker.close();
    try {
      publish("a", text("after"));
    } catch (RefusedException e) {
      assertEquals(503, e.refusal().status());
    }

    assertEquals(List.of(), List.copyOf(deliveries));
  }

  @Test
  void close_twice_isHarmless() {
    broker.close();
    broker.close();
  }

  private Broker.Feed subscribe(String channel) {
    return broker.subscribe(channel, message -> deliveries.add(new Delivery(channel, message)));
  }

  private void publish(String channel, Message message) {
    broker.publish(channel, message);
    broker.flush();
  }

  /** Requires that the next delivery is this message on this channel. */
  private void expect(String channel, Message message) {
    var delivery = next();
    assertEquals(channel, delivery.channel);
    assertEquals(
        message,
        delivery.message,
        () -> new String(delivery.message.toBytes(), UTF_8) + " " + delivery.message.format());
  }

  private Delivery next() {
    try {
      var delivery = deliveries.poll(TestClient.PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
      if (delivery == null) {
        throw new AssertionError("nothing was delivered within " + TestClient.PATIENCE);
      }
      return delivery;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted while waiting for a delivery", e);
    }
  }

  private interface Job {
    void run(int thread);
  }

  private static void inParallel(int threads, Job job)
      throws InterruptedException, ExecutionException {
    var runs = new ArrayList<Future<?>>();
    try (var executor = Executors.newFixedThreadPool(threads)) {
      for (var t = 0; t < threads; t++) {
        var thread = t;
        runs.add(executor.submit(() -> job.run(thread)));
      }
    }
    for (var run : runs) {
      run.get();
    }
  }

  private static Message text(String body) {
    return Message.of("chat", body);
  }

  private static Message read(String wire) {
    return MessageReader.DEFAULT.read(wire.getBytes(UTF_8), Message.Format.TEXT);
  }

  private record Delivery(String channel, Message message) {}
}
