package io.lhttp.nats;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.channel.Broker;
import io.lhttp.channel.History;
import io.lhttp.channel.Position;
import io.lhttp.channel.Retention;
import io.lhttp.message.Message;
import io.lhttp.nats.NatsSettings.WhenAway;
import io.lhttp.testing.Eventually;
import io.nats.client.impl.Headers;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Servers report gaps when JetStream lost, forgot or restored messages, and when notifications are
 * forged.
 */
class JetStreamGapsTest {
  private static final Map<String, Retention> HISTORIES =
      Map.of(
          "brief",
          new Retention(100, Duration.ofSeconds(1), 1 << 20),
          "room:*",
          new Retention(10_000, Duration.ofMinutes(10), 8 << 20));

  @TempDir private Path folder;

  private final NatsCluster cluster = new NatsCluster();
  private NatsServer nats;

  @BeforeEach
  void start() throws Exception {
    nats = cluster.start(folder.resolve("nats"), "-js");
  }

  @AfterEach
  void close() throws Exception {
    cluster.close();
  }

  @Test
  void reconnect_afterMessagesExpired_reportsMissed() throws Exception {
    try (var relay = new Relay(nats.port())) {
      var cut = broker(relay.uri());
      var whole = broker(nats.uri());
      var behind = new Subscriber(cut, "brief");
      publish(whole, "brief", "1");
      behind.receives("1");
      var position = behind.positions.getFirst();

      relay.cut();
      Eventually.holds("away", () -> !cut.connected());
      publish(whole, "brief", "2");
      publish(whole, "brief", "3");
      var others = new Subscriber(whole, "brief");
      Eventually.holds("forgotten", () -> others.remembers().isEmpty());
      Eventually.holds("at NATS, too", () -> stored("lhttp+history+brief") == 0);
      relay.mend();
      Eventually.holds("looked", () -> behind.history.head() == others.history.head());
      publish(whole, "brief", "4");

      behind.receives("1", "missed", "4");
      assertThat(behind.history.holds(position.offset())).isFalse();
    }
  }

  @Test
  void notification_ofOtherStream_isIgnored() throws Exception {
    var broker = broker(nats.uri());
    var subscriber = new Subscriber(broker, "room:a");
    publish(broker, "room:a", "1");
    subscriber.receives("1");

    notifyStored("theirs", 1_000_000, 0);
    publish(broker, "room:a", "2");

    subscriber.receives("1", "2");
  }

  @Test
  void forgedNotifications_delayNoStoredMessages() throws Exception {
    var broker = broker(nats.uri());
    var subscriber = new Subscriber(broker, "room:a");
    publish(broker, "room:a", "1");
    subscriber.receives("1");

    for (var i = 0; i < 20; i++) {
      notifyStored("lhttp+history+room_3A_2A", 1_000_000 + i, 7);
    }
    publish(broker, "room:a", "2");
    subscriber.receives("1", "2");

    notifyStored("lhttp+history+room_3A_2A", 2_000_000, 0);
    subscriber.receives("1", "2", "made up");
    publish(broker, "room:a", "3");
    Eventually.holds("reported", () -> subscriber.received.contains("missed"));
    publish(broker, "room:a", "4");
    Eventually.holds("goes on", () -> subscriber.received.getLast().equals("4"));
    assertThat(subscriber.remembers()).containsExactly("1", "2", "3", "4");
  }

  @Test
  void historyFetch_duringRestartOfNats_completes() throws Exception {
    var first = broker(nats.uri());
    var bodies = IntStream.range(0, 3_000).mapToObj(Integer::toString).toList();
    CompletableFuture.allOf(
            bodies.stream()
                .map(body -> first.publish("room:a", message(body)).toCompletableFuture())
                .toArray(CompletableFuture<?>[]::new))
        .join();

    var second = broker(nats.uri());
    var subscriber = new Subscriber(second, "room:a", false);
    nats.kill();
    nats.restart();

    Eventually.holds("read", () -> subscriber.reaches() && subscriber.remembers().equals(bodies));
  }

  @Test
  void truncatedStream_beginsNewEpochWithoutRedelivery() throws Exception {
    var broker = broker(nats.uri());
    var subscriber = new Subscriber(broker, "room:a");
    publish(broker, "room:a", "1");
    nats.kill();
    Eventually.holds("away", () -> !broker.connected());
    copy(folder.resolve("nats"), folder.resolve("backup"));
    nats.restart();
    Eventually.holds("back", broker::connected);
    publish(broker, "room:a", "2");
    subscriber.receives("1", "2");
    var position = subscriber.positions.getLast();

    nats.kill();
    Eventually.holds("away", () -> !broker.connected());
    delete(folder.resolve("nats"));
    copy(folder.resolve("backup"), folder.resolve("nats"));
    nats.restart();
    Eventually.holds("begun anew", () -> !subscriber.history.epoch().equals(position.epoch()));
    Eventually.holds("back", broker::connected);
    publish(broker, "room:a", "3");

    subscriber.receives("1", "2", "missed", "3");
    assertThat(subscriber.remembers()).containsExactly("1", "3");
  }

  private NatsBroker broker(URI uri) {
    return cluster.broker(
        TestSettings.of(uri, "lhttp.", WhenAway.REFUSE, true, 4 << 20), HISTORIES);
  }

  private static void publish(NatsBroker broker, String channel, String body) {
    broker.publish(channel, message(body)).toCompletableFuture().join();
  }

  private static Message message(String body) {
    return Message.of("chat", body);
  }

  /** Publishes the notification of a stored message, as JetStream does. */
  private void notifyStored(String stream, long sequence, long before) throws Exception {
    var headers =
        new Headers()
            .put("Nats-Stream", stream)
            .put("Nats-Sequence", Long.toString(sequence))
            .put("Nats-Last-Sequence", Long.toString(before));
    var plain = cluster.plain();
    plain.publish("lhttp.live.room_3Aa", headers, message("made up").toBytes());
    plain.flush(Duration.ofSeconds(10));
  }

  private long stored(String stream) {
    try {
      return cluster
          .plain()
          .jetStreamManagement()
          .getStreamInfo(stream)
          .getStreamState()
          .getMsgCount();
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  private static void copy(Path from, Path to) throws IOException {
    try (var files = Files.walk(from)) {
      for (var file : files.toList()) {
        Files.copy(file, to.resolve(from.relativize(file).toString()));
      }
    }
  }

  private static void delete(Path folder) throws IOException {
    try (var files = Files.walk(folder)) {
      for (var file : files.toList().reversed()) {
        Files.delete(file);
      }
    }
  }

  /** Collects the bodies of received messages, and a mark for each reported gap. */
  private static final class Subscriber implements Broker.Subscriber {
    final List<String> received = new CopyOnWriteArrayList<>();
    final List<Position> positions = new CopyOnWriteArrayList<>();
    final History history;

    Subscriber(NatsBroker broker, String channel) {
      this(broker, channel, true);
    }

    Subscriber(NatsBroker broker, String channel, boolean waits) {
      history = broker.subscribe(channel, this).history().orElseThrow();
      if (waits) {
        history.reaches(Optional.empty()).toCompletableFuture().join();
      }
    }

    @Override
    public void deliver(Message message) {
      throw new AssertionError("without a position: " + new String(message.toBytes(), UTF_8));
    }

    @Override
    public void deliver(History.Entry entry) {
      positions.add(new Position(history.epoch(), entry.offset()));
      received.add(entry.message().body());
    }

    @Override
    public void missed(long count) {
      received.add("missed");
    }

    void receives(String... all) {
      Eventually.holds(
          "%s, and not %s".formatted(List.of(all), received), () -> received.size() >= all.length);
      assertThat(received).containsExactly(all);
    }

    boolean reaches() {
      return history
          .reaches(Optional.empty())
          .handle((done, failure) -> failure == null)
          .toCompletableFuture()
          .join();
    }

    List<String> remembers() {
      return history.after(history.before(0), 10_000).entries().stream()
          .map(entry -> entry.message().body())
          .toList();
    }
  }
}
