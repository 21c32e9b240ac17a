package io.lhttp.app.code.leak;

import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;

/**
 * Proves that the JVM has unloaded unused classes since a {@linkplain #mark mark}. It loads a class
 * that nobody uses, the canary, and waits until the canary is gone. A class loader that became
 * unused before and is still there must be held by something. Confined to one thread.
 */
final class UnloadingProbe {
  /** The most canaries that {@link #prepare} lets wait. */
  private static final int MOST_WAITING = 32;

  private final List<Canary> canaries = new ArrayList<>();
  private long number;

  /** The number of the youngest canary that the JVM has unloaded. */
  private long gone;

  private record Canary(long number, WeakReference<ClassLoader> loader) {}

  /**
   * Loads a canary unless many wait. Several of them, loaded one after another, vanish one after
   * another: a collector keeps young objects, and with them each canary, for some collections.
   */
  void prepare() {
    if (canaries.size() < MOST_WAITING) {
      var _ = mark();
    }
  }

  /**
   * Returns a mark that a later collection passes, the next one if a canary waits already; for
   * {@link #since}.
   */
  long next() {
    return gone == number ? mark() : gone + 1;
  }

  /** Loads a canary now; returns its number, for {@link #since}. */
  long mark() {
    var canary = new SweepLoader(UnloadingProbe.class.getClassLoader());
    var _ = canary.sweep();
    canaries.add(new Canary(++number, new WeakReference<>(canary)));
    return number;
  }

  /** Whether the JVM has unloaded a canary that was loaded at this mark or later. */
  boolean since(long mark) {
    canaries.removeIf(canary -> {
      var vanished = canary.loader().refersTo(null);
      gone = vanished ? Math.max(gone, canary.number()) : gone;
      return vanished;
    });
    return gone >= mark;
  }
}
