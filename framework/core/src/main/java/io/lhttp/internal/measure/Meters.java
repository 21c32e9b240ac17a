package io.lhttp.internal.measure;

import io.lhttp.chain.LinkStatistics.Kind;
import io.lhttp.internal.version.Generations;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The meters of the links of all open generations. Links of the same name in two generations share
 * one meter. {@link Generations} owns and guards it.
 */
public final class Meters {
  private final int loops;
  private final boolean on;
  private final Map<Key, LinkMeter> meters = new HashMap<>();

  /**
   * @param loops the number of event loops, each of which counts in a cell of its own
   * @param on whether meters count
   */
  public Meters(int loops, boolean on) {
    this.loops = loops;
    this.on = on;
  }

  /** Returns the meter of a link; null if meters are off. */
  @Nullable
  public LinkMeter of(Kind kind, String name) {
    return on
        ? meters.computeIfAbsent(new Key(kind, name), key -> new LinkMeter(kind, name, loops))
        : null;
  }

  /** Forgets all meters but the given ones. */
  public void retain(Set<LinkMeter> used) {
    meters.values().retainAll(used);
  }

  private record Key(Kind kind, String name) {}
}
