package io.lhttp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Attributes keep the values of an exchange under typed keys. */
class AttributesTest {
  private static final AttributeKey<String> NAME = AttributeKey.of("name", String.class);
  private static final AttributeKey<Integer> COUNT = AttributeKey.of("count", Integer.class);
  private static final AttributeKey<Integer> OTHER = AttributeKey.of("other", Integer.class);

  private final Attributes attributes = new Attributes();

  @Test
  void release_afterValueWithoutHash_removesOtherValues() {
    record Kept(int number) {}
    var own = getClass().getClassLoader();
    var endless = new ArrayList<Object>();
    Map<Object, Object> map = new HashMap<>();
    map.put(endless, new Kept(1));
    endless.add(List.of(endless)); // so that its hashCode overflows the stack
    attributes.set(AttributeKey.of("map", Map.class), map);
    attributes.set(AttributeKey.of("other", Object.class), new Object() {});

    attributes.release(loader -> loader.equals(own));

    assertThat(attributes.find("other")).isNull();
  }

  @Test
  void set_valueStaysUntilRemoved() {
    assertThat(attributes.get(NAME)).isEmpty();
    attributes.set(NAME, "a");
    attributes.set(COUNT, 1);
    attributes.set(OTHER, 2);
    attributes.set(NAME, "b");
    assertThat(attributes.get(NAME)).contains("b");

    assertThat(attributes.remove(COUNT)).contains(1);
    assertThat(attributes.remove(COUNT)).isEmpty();
    assertThat(attributes.get(COUNT)).isEmpty();
    assertThat(attributes.get(NAME)).contains("b");
    assertThat(attributes.get(OTHER)).contains(2);
  }

  @Test
  void keys_ofEqualName_shareValue() {
    attributes.set(NAME, "mine");
    var other = AttributeKey.of("name", String.class);
    assertThat(attributes.get(other)).contains("mine");
    assertThat(other).isEqualTo(NAME).hasSameHashCodeAs(NAME).hasToString("name");
    assertThat(other).isNotEqualTo(COUNT);
  }

  static List<Arguments> conversions() {
    return List.of(
        arguments(1, Long.class, 1L),
        arguments(3.0, Integer.class, 3),
        arguments(3.5, Integer.class, null),
        arguments(1e10, Integer.class, null),
        arguments(300, Byte.class, null),
        arguments(7L, short.class, (short) 7),
        arguments((1L << 53) + 1, Double.class, null),
        arguments(0.1, Float.class, null),
        arguments(0.5, Float.class, 0.5f),
        arguments(0.1, BigDecimal.class, new BigDecimal("0.1")),
        arguments(1e20, BigInteger.class, new BigInteger("100000000000000000000")),
        arguments(Double.NaN, Integer.class, null),
        arguments(Double.NaN, Float.class, Float.NaN),
        arguments("1", Integer.class, null),
        arguments(1, String.class, null),
        arguments(true, boolean.class, true),
        arguments(1, Object.class, 1),
        arguments(Map.of("x", 1.0, "y", 2.0), Point.class, new Point(1, 2)),
        arguments(Map.of("x", 1.0), Point.class, new Point(1, 0)),
        arguments(Map.of("x", "one"), Point.class, null),
        arguments(Map.of("x", -1), Point.class, null));
  }

  record Point(int x, int y) {
    Point {
      if (x < 0) {
        throw new IllegalArgumentException("negative");
      }
    }
  }

  @ParameterizedTest
  @MethodSource("conversions")
  void get_otherType_convertsExactlyOrIsAbsent(
      Object stored, Class<?> type, @Nullable Object expected) {
    attributes.set(AttributeKey.of("value", Object.class), stored);
    assertThat((Object) attributes.get(AttributeKey.of("value", type)).orElse(null))
        .isEqualTo(expected);
    assertThat(attributes.get(AttributeKey.of("value", Object.class))).contains(stored);
  }

  @Test
  void listsAndMaps_convertTheirElements() {
    attributes.set(AttributeKey.of("list", Object.class), List.of(1.0, 2.0));
    attributes.set(AttributeKey.of("map", Object.class), Map.of("a", 1.0));
    assertThat(attributes.get(AttributeKey.listOf("list", Integer.class))).contains(List.of(1, 2));
    assertThat(attributes.get(AttributeKey.listOf("list", String.class))).isEmpty();
    assertThat(attributes.get(AttributeKey.mapOf("map", Long.class))).contains(Map.of("a", 1L));
    assertThat(attributes.get(AttributeKey.listOf("map", Integer.class))).isEmpty();
  }

  @Test
  void getOrMake_valueOfOtherType_isReplaced() {
    attributes.set(NAME, "text");
    assertThat(attributes.get(AttributeKey.of("name", Integer.class), () -> 5)).isEqualTo(5);
    assertThat(attributes.get(NAME)).isEmpty();
  }

  @Test
  void boundedValues_areCountedUntilTheyGo() {
    var counted = new ArrayList<Long>();
    var own = new Attributes(counted::add);
    assertThat(own.setBounded("a", "1", 60, 100)).isTrue();
    assertThat(own.setBounded("a", "2", 60, 100)).isTrue();
    assertThat(own.setBounded("b", "3", 30, 100)).isTrue();
    own.set(AttributeKey.of("a", String.class), "of Java");
    assertThat(own.remove("b")).isTrue();
    assertThat(own.setBounded("c", "4", 5, 100)).isTrue();
    own.stopCounting();
    assertThat(own.setBounded("c", "5", 50, 100)).isTrue();

    assertThat(counted).containsExactly(60L, 90L, 30L, 0L, 5L, 0L);
  }

  @Test
  void refusedValue_changesNothing() {
    var own =
        new Attributes(bytes -> {
          if (bytes > 50) {
            throw new RefusedException(503, "no room");
          }
        });
    assertThat(own.setBounded("a", "1", 50, 100)).isTrue();

    assertThatThrownBy(() -> own.setBounded("a", "2", 60, 100)).hasMessageContaining("no room");
    assertThatThrownBy(() -> own.setBounded("b", "2", 1, 100)).hasMessageContaining("no room");
    assertThat(own.find("a")).isEqualTo("1");
    assertThat(own.find("b")).isNull();
    assertThat(own.setBounded("a", "3", 40, 100)).isTrue();
  }

  @Test
  void setBounded_overBound_changesNothing() {
    assertThat(attributes.setBounded("a", "1", 60, 100)).isTrue();
    assertThat(attributes.setBounded("b", "2", 50, 100)).isFalse();
    assertThat(attributes.setBounded("a", "3", 100, 100)).isTrue();
    assertThat(attributes.find("a")).isEqualTo("3");
    assertThat(attributes.find("b")).isNull();
    attributes.set(AttributeKey.of("a", String.class), "of Java, which is not bounded");
    assertThat(attributes.setBounded("b", "2", 100, 100)).isTrue();
    assertThat(attributes.remove("b")).isTrue();
    assertThat(attributes.remove("b")).isFalse();
  }

  @Test
  void get_missingValue_isMadeOnce() {
    var made = new AtomicInteger();
    assertThat(attributes.get(COUNT, made::incrementAndGet)).isEqualTo(1);
    assertThat(attributes.get(COUNT, made::incrementAndGet)).isEqualTo(1);
    assertThat(attributes.get(COUNT)).contains(1);
  }

  @Test
  void get_makerUsesOtherAttribute_bothAreKept() {
    assertThat(attributes.get(COUNT, () -> attributes.get(OTHER, () -> 1) + 1)).isEqualTo(2);
    assertThat(attributes.get(OTHER)).contains(1);
    assertThat(attributes.get(COUNT)).contains(2);
  }

  @Test
  void get_makerThrows_keepsNothing() {
    var failed = new IllegalStateException();
    assertThatThrownBy(() ->
            attributes.get(
                COUNT,
                () -> {
                  throw failed;
                }))
        .isSameAs(failed);
    assertThat(attributes.get(COUNT)).isEmpty();
  }

  @Test
  @SuppressWarnings("NullAway") // code without null checks may do this
  void nullValue_throws() {
    assertThatNullPointerException()
        .isThrownBy(() -> attributes.set(NAME, null))
        .withMessage("the value of attribute name");
    assertThatNullPointerException()
        .isThrownBy(() -> attributes.get(NAME, () -> null))
        .withMessage("the value of attribute name");
    assertThat(attributes.get(NAME)).isEmpty();
  }

  @Test
  void attributes_manyThreads_shareOneValue() throws Exception {
    var threads = 8;
    var rounds = 500;
    var shared = AttributeKey.of("shared", AtomicInteger.class);
    var start = new CyclicBarrier(threads);
    try (var pool = Executors.newFixedThreadPool(threads)) {
      var tasks =
          IntStream.range(0, threads)
              .<Callable<Set<AtomicInteger>>>mapToObj(t ->
                  () -> {
                    start.await();
                    return work(shared, rounds);
                  })
              .toList();
      var seen = new HashSet<AtomicInteger>();
      for (var done : pool.invokeAll(tasks)) {
        seen.addAll(done.get());
      }
      assertThat(seen).hasSize(1);
      assertThat(seen.iterator().next()).hasValue(threads * rounds);
    }
    assertThat(attributes.get(shared)).isPresent();
  }

  /**
   * Sets and removes keys of this thread around a key that all threads share. Returns the values of
   * the shared key that it saw.
   */
  private Set<AtomicInteger> work(AttributeKey<AtomicInteger> shared, int rounds) {
    var seen = new HashSet<AtomicInteger>();
    for (var round = 0; round < rounds; round++) {
      var thread = Thread.currentThread().threadId();
      var own =
          List.of(
              AttributeKey.of("a" + thread, Integer.class),
              AttributeKey.of("b" + thread, Integer.class));
      own.forEach(key -> attributes.set(key, 1));
      var counter = attributes.get(shared, AtomicInteger::new);
      counter.incrementAndGet();
      seen.add(counter);
      var removed = new ArrayList<Integer>();
      own.forEach(key -> attributes.remove(key).ifPresent(removed::add));
      assertThat(removed).containsExactly(1, 1);
    }
    return seen;
  }
}
