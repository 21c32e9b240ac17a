package io.lhttp.scripts.context;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.lhttp.scripts.testing.ManualTime;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The shared store expires entries, bounds its bytes and compares versions on replacement. */
class SharedStoreTest {
  private static final Duration EVER = Duration.ZERO;

  private final ManualTime time = new ManualTime();

  /**
   * Creates a store. An entry with a key of one character takes 101 bytes in addition to its value.
   */
  private SharedStore store(long bytes) {
    return new SharedStore(bytes, time);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 60, 3_600}) // seconds until the entry expires
  void writeToFullStore_scansNoEntries(int ttl) {
    var store = store(64L << 20);
    var value = "x".repeat(20);
    var entries = 0;
    try {
      for (; ; entries++) {
        store.set("k" + entries, value, Duration.ofSeconds(ttl));
      }
    } catch (IllegalStateException e) {
      assertThat(e).hasMessageContaining("shared is full: it holds 67108864 bytes");
    }
    assertThat(entries).isGreaterThan(500_000);
    // A walk over half a million entries would take milliseconds of CPU time.
    var threads = ManagementFactory.getThreadMXBean();
    var began = threads.getCurrentThreadCpuTime();
    for (var i = 0; i < 20_000; i++) {
      var key = "new" + i;
      assertThatIllegalStateException().isThrownBy(() -> store.set(key, value, EVER));
    }
    assertThat(Duration.ofNanos(threads.getCurrentThreadCpuTime() - began))
        .isLessThan(Duration.ofSeconds(20));
    store.set("k0", "y".repeat(20), EVER); // a value of the same size
    assertThat(store.size()).isEqualTo(entries);
  }

  @Test
  void expiredEntry_makesRoomAtAnyPlace() {
    var store = store(10 * 102);
    for (var i = 0; i < 10; i++) {
      store.set("" + i, "x", i % 3 == 1 ? Duration.ofSeconds(10 - i) : EVER); // 1, 4 and 7 expire
    }
    assertThatIllegalStateException().isThrownBy(() -> store.set("a", "x", EVER));
    time.advance(Duration.ofSeconds(5)); // the entry 7 has expired
    store.set("a", "x", EVER);
    assertThat(store.get("7")).isNull();
    assertThatIllegalStateException().isThrownBy(() -> store.set("b", "x", EVER));
    time.advance(Duration.ofSeconds(5));
    store.set("b", "x".repeat(103), EVER); // the new value needs the bytes of both entries
    assertThat(store.bytes()).isEqualTo(10 * 102);
    assertThat(store.size()).isEqualTo(9);
  }

  @Test
  void manyExpiredEntries_areRemovedGraduallyAndNeverFound() {
    var store = store(1 << 20);
    for (var i = 0; i < 1_000; i++) {
      store.set("k" + i, "x", Duration.ofSeconds(1));
    }
    time.advance(Duration.ofSeconds(1));
    assertThat(store.get("k500")).isNull();
    store.set("other", "x", EVER);
    assertThat(store.size()).as("two for each write, and the one that was read").isEqualTo(998);
    for (var i = 0; i < 500; i++) {
      store.set("other", "x", EVER);
    }
    assertThat(store.size()).isEqualTo(1);
    assertThat(store.bytes()).isEqualTo(100 + 5 + 1);
  }

  @Test
  void rewrittenEntry_expiresByLastWrite() {
    var store = store(1 << 10);
    store.set("a", "x", Duration.ofSeconds(1));
    store.set("a", "y", Duration.ofSeconds(10));
    store.set("b", "x", Duration.ofSeconds(1));
    store.set("b", "y", EVER);
    time.advance(Duration.ofSeconds(2));
    store.set("c", "z", EVER);
    assertThat(store.get("a")).isEqualTo("y");
    assertThat(store.get("b")).isEqualTo("y");
    time.advance(Duration.ofSeconds(8));
    assertThat(store.get("a")).isNull();
    assertThat(store.bytes()).isEqualTo(2 * 102);
  }

  @Test
  void replace_comparesWritesNotValues() {
    var store = store(1 << 10);
    store.set("a", Double.NaN, EVER);
    var seen = store.see("a");
    store.set("a", Double.NaN, EVER);
    assertThat(store.replace("a", seen, 1.0)).isFalse();
    assertThat(store.replace("a", store.see("a"), 1.0)).isTrue();
    assertThat(store.replace("b", store.see("b"), "new")).isTrue();
    assertThat(store.replace("b", store.see("c"), "other")).as("there is one").isFalse();
    assertThat(store.replace("b", store.see("b"), null)).isTrue();
    assertThat(store.get("b")).isNull();
  }
}
