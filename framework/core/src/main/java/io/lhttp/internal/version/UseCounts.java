package io.lhttp.internal.version;

import java.util.IdentityHashMap;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Counts the uses of each link's object, by identity: one for each living generation, and one while
 * the link takes part in a hand-over. {@link OpenLinks} owns it, and its lock guards it.
 */
final class UseCounts {
  private final IdentityHashMap<Object, Integer> counts = new IdentityHashMap<>();
  private final IdentityHashMap<Object, Instance> held = new IdentityHashMap<>();

  void add(List<Instance> instances) {
    instances.forEach(instance -> counts.merge(instance.object(), 1, Integer::sum));
  }

  boolean contain(Instance instance) {
    return counts.containsKey(instance.object());
  }

  /** Ends one use; returns whether it was the last one, so that the link has to be closed. */
  boolean end(Instance instance) {
    return counts.merge(instance.object(), -1, UseCounts::sumOrNothing) == null;
  }

  /** Keeps a link open that is in use, until {@link #release}. */
  void hold(Instance instance) {
    if (contain(instance) && held.putIfAbsent(instance.object(), instance) == null) {
      add(List.of(instance));
    }
  }

  /** Ends {@link #hold}; returns whether that was the last use. */
  boolean release(Instance instance) {
    return held.remove(instance.object()) != null && end(instance);
  }

  /** Ends all {@link #hold}, at the end of the server; returns the links whose last use ended. */
  List<Instance> releaseAll() {
    var unused = held.values().stream().filter(this::end).toList();
    held.clear();
    return unused;
  }

  private static @Nullable Integer sumOrNothing(Integer a, Integer b) {
    var sum = a + b;
    return sum == 0 ? null : sum;
  }
}
