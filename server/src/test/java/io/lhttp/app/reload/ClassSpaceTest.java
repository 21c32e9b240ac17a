package io.lhttp.app.reload;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Reloads are refused only if classes would not fit, after unused ones were unloaded. */
class ClassSpaceTest {
  private static final long MIB = 1 << 20;

  private final AtomicLong used = new AtomicLong(40 * MIB);
  private final AtomicInteger collections = new AtomicInteger();
  private long unloaded;

  private final ClassSpace space =
      new ClassSpace(
          () -> List.of(new ClassSpace.Pool("Metaspace", used.get(), 64 * MIB)),
          () -> {
            collections.incrementAndGet();
            used.addAndGet(-unloaded);
          });

  private void reload(long takes) {
    var measured = space.measure();
    used.addAndGet(takes);
    measured.done();
  }

  @Test
  void room_isNotCollected() {
    assertThat(space.mayBeShort()).isFalse();
    assertThat(space.collected()).isEmpty();
    assertThat(collections).hasValue(0);
  }

  @Test
  void shortage_namesPoolBytesAndNeed() {
    reload(5 * MIB);
    used.set(58 * MIB);

    assertThat(space.mayBeShort()).isTrue();
    assertThat(space.collected())
        .hasValue(
            "the JVM's Metaspace is short: 58.0 MiB of 64.0 MiB are used, and another version needs"
                + " about 5.0 MiB beside a reserve of 2.0 MiB");
    assertThat(collections).hasValue(2);
  }

  @Test
  void unloadedClasses_makeRoom() {
    used.set(63 * MIB);
    unloaded = 20 * MIB;

    assertThat(space.collected()).isEmpty();
    assertThat(collections).hasValue(1);
  }

  @Test
  void largeReload_isForgottenAfterThreeSmallOnes() {
    reload(20 * MIB);
    used.set(50 * MIB);
    assertThat(space.mayBeShort()).isTrue();

    for (var time = 0; time < 3; time++) {
      reload(MIB);
    }

    assertThat(space.mayBeShort()).isFalse();
  }

  @Test
  void poolWithoutLimit_isNeverShort() {
    var unlimited = new ClassSpace(List::of, () -> {});

    assertThat(unlimited.mayBeShort()).isFalse();
  }

  @ParameterizedTest
  @CsvSource({
    "Metaspace, true",
    "Compressed class space, true",
    "Java heap space, false",
    "unable to create native thread, false"
  })
  void exhaustedClassSpace_isToldFromHeap(String message, boolean exhausted) {
    assertThat(ClassSpace.isExhausted(new OutOfMemoryError(message))).isEqualTo(exhausted);
  }
}
