package io.lhttp.pipeline;

import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.function.Consumer;

/**
 * A pipeline and who still uses it. It is over once it is retired and its last pin is gone.
 *
 * <p>Pins are counted per stripe: a stripe belongs to one event loop, so that loops do not fight
 * for one counter. A pin is taken off the stripe that it was put on; hence no stripe is ever
 * negative, and once a retired generation's stripe was seen at zero, it stays there.
 */
public final class Generation {
  /** Ints per stripe: a cache line, twice, for the prefetcher. */
  private static final int SPREAD = 32;

  private final Pipeline pipeline;
  private final List<Instance> instances;
  private final AtomicIntegerArray pins;
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
    this.pins = new AtomicIntegerArray(stripes * SPREAD);
    this.onOver = onOver;
  }

  public Pipeline pipeline() {
    return pipeline;
  }

  /** Ends what {@link Generations#pin} began, on the same stripe; any thread may do so. */
  public void unpin(int stripe) {
    pins.decrementAndGet(stripe * SPREAD);
    if (retired) {
      endIfUnused();
    }
  }

  void pin(int stripe) {
    pins.incrementAndGet(stripe * SPREAD);
  }

  boolean pinned(int stripe) {
    return pins.get(stripe * SPREAD) != 0;
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
    for (var i = 0; i < pins.length(); i += SPREAD) {
      if (pins.get(i) != 0) {
        return;
      }
    }
    end();
  }
}
