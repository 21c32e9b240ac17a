package io.lhttp.nats.internal.jetstream;

import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.channel.History;
import io.lhttp.channel.Retention;
import io.lhttp.message.Message;
import io.lhttp.nats.internal.jetstream.Fetch.Stored;
import io.lhttp.nats.internal.jetstream.ReplicaEffect.Enter;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The window of a replica keeps, finds and compares messages by the stream's sequences. */
class ReplicaWindowTest {
  private static final StreamIncarnation INCARNATION = new StreamIncarnation(1_800_000_000_000L, 0);

  private final ReplicaWindow window =
      new ReplicaWindow("room", new Retention(3, Duration.ofMinutes(10), 1 << 20));

  @Test
  void windows_takeEighthOfSmallHeap() {
    assertThat(Replicas.mostBytes(256L << 20)).isEqualTo(32L << 20);
    assertThat(Replicas.mostBytes(16L << 30)).isEqualTo(128L << 20);
  }

  @Test
  void enter_givesMessageItsPosition() {
    var entry = window.enter(INCARNATION, 5, Enter.NOW, Message.of("chat", "5"));

    assertThat(entry.offset()).isEqualTo(INCARNATION.offset(5));
    assertThat(entry.message().header("position")).contains(INCARNATION.position(5).toString());
    assertThat(window.after(4, 9)).containsExactly(entry);
  }

  @Test
  void enter_ofExpiredMessage_forgetsIt() {
    window.enter(INCARNATION, 5, 0, Message.of("chat", "5"));
    window.enter(INCARNATION, 6, Long.MAX_VALUE - 1, Message.of("chat", "6"));

    assertThat(bodies()).as("a time in the future is now").containsExactly("6");
    assertThat(window.floor()).isEqualTo(5);
  }

  @Test
  void prepend_addsOlderMessagesWithinRetention() {
    window.begin(6);
    window.enter(INCARNATION, 7, Enter.NOW, Message.of("chat", "7"));

    window.prepend(
        INCARNATION,
        List.of(
            stored(3),
            stored(4),
            new Stored(5, System.currentTimeMillis(), null),
            stored(6),
            stored(7)),
        6,
        2);

    assertThat(bodies()).containsExactly("4", "6", "7");
    assertThat(window.floor()).isEqualTo(3);
  }

  @Test
  void has_comparesSequenceAndMessage() {
    window.enter(INCARNATION, 5, Enter.NOW, Message.of("chat", "5"));

    assertThat(window.has(INCARNATION, 5, Message.of("chat", "5"))).isTrue();
    assertThat(window.has(INCARNATION, 5, Message.of("chat", "forged"))).isFalse();
    assertThat(window.has(INCARNATION, 4, Message.of("chat", "5"))).isFalse();
    assertThat(window.has(INCARNATION, 6, Message.of("chat", "5"))).isFalse();
    assertThat(window.has(INCARNATION, 5, null)).isFalse();
  }

  @Test
  void lastCommon_isNewestEqualMessage() {
    window.enter(INCARNATION, 4, Enter.NOW, Message.of("chat", "4"));
    window.enter(INCARNATION, 5, Enter.NOW, Message.of("chat", "5"));
    window.enter(INCARNATION, 6, Enter.NOW, Message.of("chat", "forged"));
    var fetched = List.of(stored(4), stored(5), stored(6));

    assertThat(window.lastCommon(INCARNATION, fetched, 6)).isEqualTo(5);
    assertThat(window.lastCommon(INCARNATION, fetched, 4)).isEqualTo(4);
    assertThat(window.lastCommon(INCARNATION, List.of(stored(6)), 6)).isZero();
  }

  private List<String> bodies() {
    return window.after(0, Integer.MAX_VALUE).stream()
        .map(History.Entry::message)
        .map(Message::body)
        .toList();
  }

  private static Stored stored(long sequence) {
    return new Stored(
        sequence, System.currentTimeMillis(), Message.of("chat", Long.toString(sequence)));
  }
}
