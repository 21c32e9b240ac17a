package io.lhttp.internal.version;

import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Counts the uses of each link's object, by identity: one for each living generation, and one while
 * the link takes part in a hand-over. {@link Generations} owns it, and its lock guards it.
 */
final class Uses {
  private final IdentityHashMap<Object, Integer> counts = new IdentityHashMap<>();
  private final Set<Object> held = Collections.newSetFromMap(new IdentityHashMap<>());

  void add(List<Instance> instances) {
    instances.forEach(instance -> counts.merge(instance.object(), 1, Integer::sum));
  }

  boolean contain(Instance instance) {
    return counts.containsKey(instance.object());
  }

  /** Ends one use; returns whether it was the last one, so that the link has to be closed. */
  boolean end(Instance instance) {
    return counts.merge(instance.object(), -1, Uses::sumOrNothing) == null;
  }

  /** Keeps a link open that is in use, until {@link #release}. */
  void hold(Instance instance) {
    if (contain(instance) && held.add(instance.object())) {
      add(List.of(instance));
    }
  }

  /** Ends {@link #hold}; returns whether that was the last use. */
  boolean release(Instance instance) {
    return held.remove(instance.object()) && end(instance);
  }

  /** Ends all {@link #hold}, at the end of the server. */
  void releaseAll() {
    held.forEach(object -> counts.merge(object, -1, Uses::sumOrNothing));
    held.clear();
  }

  private static @Nullable Integer sumOrNothing(Integer a, Integer b) {
    var sum = a + b;
    return sum == 0 ? null : sum;
  }
}
