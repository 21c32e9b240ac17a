package io.lhttp.nats.internal.jetstream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lhttp.RefusedException;
import io.lhttp.channel.History;
import io.lhttp.channel.Retention;
import io.lhttp.message.Message;
import io.lhttp.nats.NatsBroker;
import io.lhttp.nats.NatsJetStream;
import io.lhttp.nats.NatsServer;
import io.lhttp.nats.NatsSettings.WhenAway;
import io.lhttp.nats.Relay;
import io.lhttp.nats.TestSettings;
import io.lhttp.nats.internal.link.RelayedLink;
import io.lhttp.nats.internal.link.Subjects;
import io.lhttp.testing.TestClient;
import io.nats.client.Connection;
import io.nats.client.JetStreamManagement;
import io.nats.client.Nats;
import io.nats.client.api.StreamConfiguration;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The broker creates the stream of a pattern at a real NATS, and a position is held only if no
 * later message was removed.
 */
class HistoryStreamTest {
  private static final AtomicInteger number = new AtomicInteger();

  @TempDir static Path folder;

  private static NatsServer nats;
  private static Connection plain;

  private final String prefix = "historyStream" + number.incrementAndGet() + ".";
  private final String stream = prefix.replace('.', '+') + "history+room_3A_2A";
  private final List<NatsBroker> open = new ArrayList<>();

  @BeforeAll
  static void startNats() throws Exception {
    nats = NatsServer.start(folder, "-js");
    plain = Nats.connect(nats.uri().toString());
  }

  @AfterAll
  static void stopNats() throws Exception {
    if (nats != null) {
      plain.close();
      nats.close();
    }
  }

  @AfterEach
  void closeAll() {
    open.forEach(NatsBroker::close);
  }

  @Test
  void start_existingStream_isKept() throws Exception {
    var first = broker(keeping(5));
    publish(first, "room:a", "1");
    var made = management().getStreamInfo(stream);
    var epoch = history(first, "room:a").epoch();

    var second = broker(keeping(5));

    assertThat(history(second, "room:a").epoch()).isEqualTo(epoch);
    assertThat(management().getStreamInfo(stream).getCreateTime()).isEqualTo(made.getCreateTime());
    assertThat(made.getConfiguration().getMaxMsgsPerSubject()).isEqualTo(5);
    assertThat(made.getConfiguration().getMaxAge()).isEqualTo(Duration.ofMinutes(10));
    assertThat(made.getConfiguration().getDenyDelete()).isTrue();
    assertThat(made.getConfiguration().getDenyPurge()).isTrue();
  }

  @Test
  void start_raisesLimitsAndNeverLowersThem() throws Exception {
    broker(keeping(5));
    broker(keeping(7));
    broker(keeping(3));

    assertThat(management().getStreamInfo(stream).getConfiguration().getMaxMsgsPerSubject())
        .isEqualTo(7);
  }

  /**
   * Without a note in the stream, the raised limit would hide that messages were removed before.
   */
  @Test
  void raisedLimit_doesNotHoldForgottenPosition() {
    var first = broker(keeping(2));
    publish(first, "room:b", "1");
    var before = history(first, "room:a").head();
    List.of("2", "3", "4").forEach(body -> publish(first, "room:a", body));
    first.close();

    var history = history(broker(keeping(5)), "room:a");

    assertThat(history.holds(before)).isFalse();
    assertThat(history.after(history.before(0), 9).entries())
        .extracting(entry -> entry.message().body())
        .containsExactly("3", "4");
  }

  @Test
  void positionOfQuietChannel_isHeldWhileNothingIsForgotten() {
    var first = broker(keeping(5));
    publish(first, "room:b", "1");
    var before = history(first, "room:a").head();
    publish(first, "room:b", "2");
    publish(first, "room:a", "3");

    var history = history(broker(keeping(5)), "room:a");

    assertThat(history.holds(before)).isTrue();
    assertThat(history.after(before, 9).entries())
        .extracting(entry -> entry.message().body())
        .containsExactly("3");
  }

  @Test
  void fullStream_forgetsOldestPosition() {
    var first = broker(keeping(1_000));
    var body = "x".repeat(500_000);
    publish(first, "room:a", "1");
    var position = history(first, "room:a").head();
    for (var i = 0; i < 5; i++) {
      publish(first, "room:b", body);
    }

    var history = history(broker(keeping(1_000)), "room:a");

    assertThat(history.after(history.before(0), 9).entries()).isEmpty();
    assertThat(history.holds(position)).isFalse();
    assertThat(history.holds(history.head())).isTrue();
  }

  @Test
  void foreignStream_isLeftUnchanged() throws Exception {
    management()
        .addStream(StreamConfiguration.builder().name(stream).subjects(prefix + "theirs").build());
    var broker = broker(keeping(5));

    assertThat(broker.connected()).isFalse();
    assertThatThrownBy(() -> broker.publish("room:a", Message.of("chat", "x")))
        .isInstanceOfSatisfying(
            RefusedException.class, e -> assertThat(e.refusal().status()).isEqualTo(503));
    assertThat(management().getStreamInfo(stream).getConfiguration().getSubjects())
        .containsExactly(prefix + "theirs");
  }

  @Test
  void publish_overNatsPayloadLimit_isRefused() {
    var broker = broker(keeping(5));

    assertThatThrownBy(() -> broker.publish("room:a", Message.of("chat", "x".repeat(2_000_000))))
        .isInstanceOfSatisfying(
            RefusedException.class, e -> assertThat(e.refusal().status()).isEqualTo(413));
  }

  @Test
  void history_withoutSubjectPrefix_throws() {
    var settings = TestSettings.of(nats, "", WhenAway.REFUSE, true);

    assertThatIllegalArgumentException()
        .isThrownBy(() -> new NatsBroker(settings, Map.of("room:*", keeping(5))))
        .withMessageContaining("subject-prefix");
  }

  @Test
  void cancelOverdue_refusesEarlierPublications() throws Exception {
    try (var relayed = RelayedLink.start(nats, prefix)) {
      var historyStream = historyStream(relayed);
      historyStream.attach(relayed.connection());
      historyStream.store("room:a", Message.of("chat", "0"), null).toCompletableFuture().join();
      relayed.relay.stall();
      var old = historyStream.store("room:a", Message.of("chat", "1"), null).toCompletableFuture();
      historyStream.cancelOverdue();
      var fresh =
          historyStream.store("room:a", Message.of("chat", "2"), null).toCompletableFuture();
      assertThat(old).isNotDone();

      historyStream.cancelOverdue();

      assertThatThrownBy(() -> old.getNow(null)).hasCauseInstanceOf(RefusedException.class);
      assertThat(fresh).isNotDone();
      assertThat(historyStream.unacknowledged()).isOne();
      relayed.relay.mend();
      assertThat(fresh).succeedsWithin(TestClient.PATIENCE);
    }
  }

  @Test
  void close_endsPendingPublications() throws Exception {
    try (var relay = new Relay(nats.port())) {
      var settings =
          TestSettings.of(relay.uri(), prefix, WhenAway.REFUSE, true, TestSettings.BUFFER);
      var broker = new NatsBroker(settings, Map.of("room:*", keeping(5)));
      open.add(broker);
      broker.start();
      publish(broker, "room:a", "0");
      relay.cut(); // no publication reaches NATS until the test's end
      var taking = stored(broker);

      broker.close();

      assertThat(taking).isDone();
    }
  }

  /**
   * Publishes a message that NATS does not answer. If the broker knows of the cut already, it
   * refuses at once.
   */
  private static CompletableFuture<Void> stored(NatsBroker broker) {
    try {
      return broker.publish("room:a", Message.of("chat", "1"), null).toCompletableFuture();
    } catch (RefusedException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  private HistoryStream historyStream(RelayedLink relayed) {
    return new HistoryStream(
        relayed.link, relayed.settings, new Subjects(prefix), "room:*", keeping(5), () -> {});
  }

  private NatsBroker broker(Retention retention) {
    var settings =
        TestSettings.of(
            nats.uri(), prefix, WhenAway.REFUSE, true, 4 << 20, new NatsJetStream(1, 1 << 20));
    var broker = new NatsBroker(settings, Map.of("room:*", retention));
    open.add(broker);
    broker.start();
    return broker;
  }

  private static Retention keeping(int messages) {
    return new Retention(messages, Duration.ofMinutes(10), 8 << 20);
  }

  private static void publish(NatsBroker broker, String channel, String body) {
    broker.publish(channel, Message.of("chat", body)).toCompletableFuture().join();
  }

  private static History history(NatsBroker broker, String channel) {
    var history = broker.subscribe(channel, message -> {}).history().orElseThrow();
    history.reaches(Optional.empty()).toCompletableFuture().join();
    return history;
  }

  private static JetStreamManagement management() throws Exception {
    return plain.jetStreamManagement();
  }
}
