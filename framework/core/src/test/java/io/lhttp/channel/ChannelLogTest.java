package io.lhttp.channel;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lhttp.RefusedException;
import io.lhttp.message.Message;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** The log of one channel keeps entries within its bounds and numbers them. */
class ChannelLogTest {
  private long now;
  private final ChannelLog log = log(new Retention(3, Duration.ofSeconds(10), 1 << 20));

  @Test
  void after_offset_returnsLaterEntries() {
    append("1", "2", "3");

    assertThat(bodies(log.after(0, 10))).containsExactly("1", "2", "3");
    assertThat(bodies(log.after(2, 10))).containsExactly("3");
    assertThat(bodies(log.after(3, 10))).isEmpty();
    assertThat(bodies(log.after(0, 2))).containsExactly("1", "2");
    assertThat(log.head()).isEqualTo(3);
  }

  @Test
  void append_forgedPosition_isReplaced() {
    var entry =
        log.append(
            Message.builder("chat")
                .header("position", "forged-1")
                .header("channel", "other")
                .header("missed", "5")
                .header("k", "v")
                .body("x")
                .build());

    assertThat(requireNonNull(entry).message().headers())
        .extracting(header -> header.name() + ":" + header.value())
        .containsExactly("k:v", "channel:room", "position:e-1");
  }

  @Test
  void append_overNumber_dropsOldestAndCountsMissed() {
    append("1", "2", "3", "4", "5");

    assertThat(log.after(0, 10).missed()).isEqualTo(2);
    assertThat(bodies(log.after(0, 10))).containsExactly("3", "4", "5");
    assertThat(log.holds(2)).isTrue();
    assertThat(log.holds(1)).isFalse();
    assertThat(log.holds(5)).isTrue();
    assertThat(log.holds(6)).as("not there yet").isFalse();
  }

  @Test
  void expiredEntries_areForgotten_headStays() {
    append("1", "2");
    now = Duration.ofSeconds(11).toNanos();

    assertThat(bodies(log.after(0, 10))).isEmpty();
    assertThat(log.holds(1)).isFalse();
    assertThat(log.holds(2)).as("nothing was published since").isTrue();
    append("3");
    assertThat(bodies(log.after(2, 10))).containsExactly("3");
  }

  @Test
  void append_overBytes_dropsOldest() {
    var small = log(new Retention(100, Duration.ofSeconds(10), 4096));
    for (var i = 0; i < 10; i++) {
      small.append(Message.of("chat", "x".repeat(1000)));
    }

    assertThat(small.after(0, 100).entries()).hasSizeBetween(1, 4);
    assertThat(small.bytes()).isLessThanOrEqualTo(4096);
  }

  @Test
  void before_number_returnsOffsetBeforeNewestEntries() {
    append("1", "2", "3", "4");

    assertThat(log.before(0)).isEqualTo(1);
    assertThat(log.before(2)).isEqualTo(2);
    assertThat(log.before(50)).isEqualTo(1);
  }

  @Test
  void append_sameId_isTakenOnceWhileRemembered() {
    assertThat(log.append(withId("a"))).isNotNull();
    assertThat(log.append(withId("a"))).isNull();
    assertThat(log.append(withId("b"))).isNotNull();
    append("3", "4");

    assertThat(log.append(withId("a"))).as("forgotten meanwhile").isNotNull();
    for (var id : List.of("", "x".repeat(129))) {
      assertThatThrownBy(() -> log.append(withId(id))).isInstanceOf(RefusedException.class);
    }
  }

  @Test
  void histories_overNumber_forgetOldestAndBeginNewEpoch() {
    var histories =
        new Histories(Map.of("r*", Retention.DEFAULT), () -> now, 10, Histories.MAX_BYTES);
    var first = requireNonNull(histories.of("r0"));
    first.append(Message.of("chat", "1"));
    for (var i = 1; i <= 20; i++) {
      now++;
      assertThat(histories.of("r" + i)).isNotNull();
    }

    var again = requireNonNull(histories.of("r0"));
    assertThat(again).isNotSameAs(first);
    assertThat(again.epoch()).isNotEqualTo(first.epoch());
    assertThat(again.head()).isGreaterThanOrEqualTo(first.head());
    assertThat(histories.of("other")).isNull();
  }

  private ChannelLog log(Retention retention) {
    return new ChannelLog("room", "e", 0, retention, () -> now, new AtomicLong());
  }

  private void append(String... bodies) {
    for (var body : bodies) {
      log.append(Message.of("chat", body));
    }
  }

  private static Message withId(String id) {
    return Message.builder("chat").header("message-id", id).build();
  }

  private static List<String> bodies(History.Page page) {
    return page.entries().stream().map(entry -> entry.message().body()).toList();
  }
}
