package io.lhttp.internal.measure;

import io.lhttp.chain.LinkStatistics.Kind;
import io.lhttp.internal.version.Generations;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The meters of all living generations' links: a link that is in two of them counts on. Not safe
 * for several threads; {@link Generations} guards it.
 */
public final class Meters {
  private final int loops;
  private final boolean on;
  private final Map<Key, LinkMeter> meters = new HashMap<>();

  /**
   * @param loops how many event loops count without getting into each other's way
   * @param on whether anything is counted
   */
  public Meters(int loops, boolean on) {
    this.loops = loops;
    this.on = on;
  }

  /** Null where nothing is counted. */
  @Nullable
  public LinkMeter of(Kind kind, String name) {
    return on
        ? meters.computeIfAbsent(new Key(kind, name), key -> new LinkMeter(kind, name, loops))
        : null;
  }

  /** Forgets all but these. */
  public void retain(Set<LinkMeter> used) {
    meters.values().retainAll(used);
  }

  private record Key(Kind kind, String name) {}
}
