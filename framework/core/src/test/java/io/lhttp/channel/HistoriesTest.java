package io.lhttp.channel;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.internal.chain.StubConnection;
import io.lhttp.internal.text.IpAddress;
import io.lhttp.message.Message;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The histories of the in-memory broker keep within their common bounds; the test moves time. */
class HistoriesTest {
  private static final int CHANNELS = 10;
  private static final int BYTES = 100_000;
  private static final Duration KEPT = Duration.ofSeconds(10);

  private long now;
  private final Histories histories =
      new Histories(Map.of("r*", new Retention(100, KEPT, BYTES)), () -> now, CHANNELS, BYTES);
  private final MemoryBroker broker = new MemoryBroker(histories);

  @ParameterizedTest
  @CsvSource({"64, 8", "256, 32", "1024, 128", "16384, 128"})
  void bytes_areEighthOfSmallHeap(long heap, long most) {
    assertThat(Histories.mostBytes(heap << 20)).isEqualTo(most << 20);
  }

  @Test
  void expiredEntries_onAnyRead_takeNoRoom() {
    var reads =
        List.<Consumer<ChannelLog>>of(
            log -> log.after(log.head(), 1), log -> log.holds(0), log -> log.before(1));
    for (var i = 0; i < 30; i++) {
      publish("r0", 10_000);
      now += KEPT.plusSeconds(1).toNanos();
      reads.get(i % reads.size()).accept(log("r0"));
      assertThat(log("r0").bytes()).isZero();
    }

    publish("r1", 10_000);
    var first = log("r1");
    publish("r1", 10_000);
    publish("r1", 10_000);

    assertThat(log("r1")).isSameAs(first);
    assertThat(first.after(0, 10).entries()).hasSize(3);
  }

  @Test
  void forgottenHistory_bytesAreSubtractedOnce() {
    publish("r0", 60_000);
    var old = log("r0");
    publish("r1", 60_000);
    assertThat(log("r0")).isNotSameAs(old);

    now += KEPT.plusSeconds(1).toNanos();
    assertThat(old.holds(0)).as("somebody reads on there").isFalse();
    publish("r2", 40_000);
    var second = log("r2");
    publish("r1", 40_000);
    publish("r3", 40_000);

    assertThat(log("r2")).as("the bytes are over").isNotSameAs(second);
  }

  @Test
  void publish_toForgottenHistory_goesToNextOne() {
    var delivered = new ArrayList<History.Entry>();
    broker.subscribe("r0", entries(delivered));
    publish("r0", 1);
    publish("r0", 1);
    var old = log("r0");
    for (var i = 1; i <= CHANNELS; i++) {
      publish("r" + i, 1);
    }

    broker.publish("r0", Message.of("chat", "late"), null, old);
    publish("r0", 1);

    assertThat(log("r0").after(0, 10).entries())
        .extracting(entry -> entry.message().body())
        .as("nothing has gone to where nobody reads it")
        .startsWith("late")
        .hasSize(2);
    assertThat(delivered).extracting(History.Entry::offset).containsExactly(1L, 2L, 3L, 4L);
  }

  @Test
  void offsets_acrossForgottenHistories_keepGrowing() {
    var delivered = new ArrayList<History.Entry>();
    broker.subscribe("r0", entries(delivered));
    for (var i = 0; i < 50; i++) {
      publish("r0", 1);
      for (var other = 1; other <= CHANNELS; other++) {
        publish("r" + other, 1);
      }
    }

    assertThat(delivered).hasSize(50);
    assertThat(delivered.stream().map(History.Entry::offset).toList())
        .isSorted()
        .doesNotHaveDuplicates();
  }

  @Test
  void channelsOfOneClient_driveOutItsOwn() {
    var modest = client("192.0.2.1");
    var greedy = client("192.0.2.2");
    publish("r0", 10, modest);
    var kept = log("r0");
    for (var i = 1; i < 5 * CHANNELS; i++) {
      publish("r" + i, 10, greedy);
    }
    assertThat(log("r0")).isSameAs(kept);

    for (var i = 1; i < 5; i++) {
      publish("r" + (10 * CHANNELS + i), BYTES / 3, greedy);
    }
    assertThat(log("r0")).isSameAs(kept);
    assertThat(kept.after(0, 1).entries()).hasSize(1);
  }

  @Test
  void readChannels_driveOutNoHistory() {
    publish("r0", 10, client("192.0.2.1"));
    var kept = log("r0");
    for (var i = 1; i < 5 * CHANNELS; i++) {
      now++;
      log("r" + i);
    }
    assertThat(log("r0")).isSameAs(kept);
  }

  private static StubConnection client(String address) {
    return new StubConnection(IpAddress.parse(address).orElseThrow());
  }

  private void publish(String channel, int size, StubConnection by) {
    now++;
    broker.publish(channel, Message.of("chat", "x".repeat(size)), by);
  }

  private static Broker.Subscriber entries(List<History.Entry> into) {
    return new Broker.Subscriber() {
      @Override
      public void deliver(Message message) {}

      @Override
      public void deliver(History.Entry entry) {
        into.add(entry);
      }
    };
  }

  private void publish(String channel, int size) {
    now++;
    broker.publish(channel, Message.of("chat", "x".repeat(size)));
  }

  private ChannelLog log(String channel) {
    return requireNonNull(histories.of(channel));
  }
}
