package io.lhttp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Attributes keep the values of an exchange under typed keys. */
class AttributesTest {
  private static final AttributeKey<String> NAME = AttributeKey.of("name");
  private static final AttributeKey<Integer> COUNT = AttributeKey.of("count");
  private static final AttributeKey<Integer> OTHER = AttributeKey.of("other");

  private final Attributes attributes = new Attributes();

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
  void keys_ofEqualName_areDistinct() {
    attributes.set(NAME, "mine");
    assertThat(attributes.get(AttributeKey.<String>of("name"))).isEmpty();
    assertThat(NAME).hasToString("name");
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
    try {
      attributes.get(
          COUNT,
          () -> {
            throw failed;
          });
    } catch (IllegalStateException e) {
      assertThat(e).isSameAs(failed);
    }
    assertThat(attributes.get(COUNT)).isEmpty();
  }

  @Test
  @SuppressWarnings("NullAway") // as code does that is not checked
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
    var shared = AttributeKey.<AtomicInteger>of("shared");
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

  /** Sets and removes keys of its own around one that all share; returns what it saw of that. */
  private Set<AtomicInteger> work(AttributeKey<AtomicInteger> shared, int rounds) {
    var seen = new HashSet<AtomicInteger>();
    for (var round = 0; round < rounds; round++) {
      var own = List.of(AttributeKey.<Integer>of("a"), AttributeKey.<Integer>of("b"));
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
