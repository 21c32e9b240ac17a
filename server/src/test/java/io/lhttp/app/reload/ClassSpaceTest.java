package io.lhttp.app.reload;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

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
            unloaded = 0;
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
  void oneLargeReload_refusesOneReloadAtMost() {
    reload(20 * MIB);
    used.set(50 * MIB);
    assertThat(space.collected()).isPresent();
    assertThat(space.collected()).isEmpty();

    reload(20 * MIB);
    reload(MIB);
    used.set(50 * MIB);
    assertThat(space.collected()).isEmpty();
  }

  @Test
  void refusalForLackOfAnySpace_forgetsNoNeed() {
    reload(5 * MIB);
    used.set(63 * MIB);
    for (var time = 0; time < 2 * ClassSpace.REMEMBERED; time++) {
      assertThat(space.collected()).isPresent();
    }

    used.set(58 * MIB);

    assertThat(space.collected().orElseThrow()).contains("needs about 5.0 MiB");
  }

  /** Versions of random sizes replace each other; a replaced one stays until a collection. */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void generatedVersions_areTakenSoonIfTheyFit(long seed) {
    var random = new Random(seed);
    var largest = 10 + random.nextInt(10);
    var refusedInARow = 0;
    for (var reload = 0; reload < 500; reload++) {
      if (space.collected().isPresent()) {
        refusedInARow++;
        assertThat(refusedInARow).isLessThanOrEqualTo(ClassSpace.REMEMBERED);
      } else {
        refusedInARow = 0;
        var size = random.nextInt(10) == 0 ? largest * MIB : random.nextLong(1, 3 * MIB);
        reload(Math.min(size, 64 * MIB - used.get()));
        unloaded = used.get() - 40 * MIB - size;
      }
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void generatedSteadyNeeds_refuseVersionThatWouldNotFit(long seed) {
    var random = new Random(seed);
    var need = random.nextLong(2, 11) * MIB;
    for (var reload = random.nextInt(2, 12); reload > 0; reload--) {
      used.set(40 * MIB);
      reload(need + random.nextLong(MIB));
    }

    used.set(64 * MIB - 2 * MIB - need + random.nextLong(1, MIB));

    assertThat(space.collected()).isPresent();
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
  void exhaustedClassSpace_isDistinguishedFromHeap(String message, boolean exhausted) {
    assertThat(ClassSpace.isExhausted(new OutOfMemoryError(message))).isEqualTo(exhausted);
  }
}
