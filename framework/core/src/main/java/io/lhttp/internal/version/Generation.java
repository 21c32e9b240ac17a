package io.lhttp.internal.version;

import io.lhttp.internal.chain.Pipeline;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.function.Consumer;

/**
 * A pipeline with its links and the count of exchanges that use it; owned by {@link Generations}.
 * It ends once it is retired and its last pin is gone. All threads may use it.
 *
 * <p>Pins are counted per stripe. A stripe belongs to one event loop, so that event loops do not
 * contend for one counter.
 *
 * <p>A pin leaves the stripe that it was put on, so no stripe is negative. Once the stripe of a
 * retired generation is zero, it stays zero.
 */
public final class Generation {
  /**
   * Longs for each stripe: two cache lines, because of the prefetcher. The first one counts pins.
   */
  private static final int SPREAD = 16;

  private final Pipeline pipeline;
  private final List<Instance> instances;
  private final AtomicLongArray counts;
  private final AtomicBoolean over = new AtomicBoolean();
  private final Consumer<Generation> onOver;
  private volatile boolean retired;

  /**
   * @param onOver called once, by the thread that ends the last pin, which may be an event loop
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

  /** Ends a pin that was put on this stripe. Any thread may call this. */
  public void unpin(int stripe) {
    counts.decrementAndGet(stripe * SPREAD);
    if (retired) {
      endIfUnused();
    }
  }

  /** Whether the links that no other generation uses are closed. Any thread may call this. */
  public boolean over() {
    return over.get();
  }

  /**
   * Puts another pin on a generation that the caller has pinned already, see {@link
   * Generations#pin}.
   */
  public void pin(int stripe) {
    counts.incrementAndGet(stripe * SPREAD);
  }

  boolean pinned(int stripe) {
    return counts.get(stripe * SPREAD) != 0;
  }

  void retire() {
    retired = true;
    endIfUnused();
  }

  /**
   * Ends the generation, at the latest at its deadline. Exchanges that still run in it continue,
   * with closed links.
   */
  void end() {
    if (over.compareAndSet(false, true)) {
      onOver.accept(this);
    }
  }

  List<Instance> instances() {
    return instances;
  }

  private void endIfUnused() {
    if (!pinned()) {
      end();
    }
  }

  /** Whether any stripe has a pin, which an exchange or an update of a connection holds. */
  boolean pinned() {
    for (var i = 0; i < counts.length(); i += SPREAD) {
      if (counts.get(i) != 0) {
        return true;
      }
    }
    return false;
  }
}
