package io.lhttp.internal.version;

import io.lhttp.internal.chain.Pipeline;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.function.Consumer;

/**
 * A pipeline, and how many exchanges still use it. It ends once it is retired and its last pin is
 * gone.
 *
 * <p>Pins are counted per stripe: a stripe belongs to one event loop, so that loops do not fight
 * for one counter. A pin is taken off the stripe that it was put on; hence no stripe is ever
 * negative, and once a retired generation's stripe was seen at zero, it stays there.
 */
public final class Generation {
  /** Longs per stripe: a cache line, twice, for the prefetcher. The first one counts pins. */
  private static final int SPREAD = 16;

  private final Pipeline pipeline;
  private final List<Instance> instances;
  private final AtomicLongArray counts;
  private final AtomicBoolean over = new AtomicBoolean();
  private final Consumer<Generation> onOver;
  private volatile boolean retired;

  /**
   * @param onOver told once, by whoever takes the last pin: an event loop perhaps
   */
  Generation(
      Pipeline pipeline, List<Instance> instances, int stripes, Consumer<Generation> onOver) {
    this.pipeline = pipeline;
    this.instances = instances;
    this.counts = new AtomicLongArray(stripes * SPREAD);
    this.onOver = onOver;
  }

  public Pipeline pipeline() {
    return pipeline;
  }

  /** Ends what {@link Generations#pin} began, on the same stripe; any thread may do so. */
  public void unpin(int stripe) {
    counts.decrementAndGet(stripe * SPREAD);
    if (retired) {
      endIfUnused();
    }
  }

  void pin(int stripe) {
    counts.incrementAndGet(stripe * SPREAD);
  }

  boolean pinned(int stripe) {
    return counts.get(stripe * SPREAD) != 0;
  }

  void retire() {
    retired = true;
    endIfUnused();
  }

  /** At the deadline: whoever still runs in it runs on, but its links are closed. */
  void end() {
    if (over.compareAndSet(false, true)) {
      onOver.accept(this);
    }
  }

  List<Instance> instances() {
    return instances;
  }

  private void endIfUnused() {
    for (var i = 0; i < counts.length(); i += SPREAD) {
      if (counts.get(i) != 0) {
        return;
      }
    }
    end();
  }
}
