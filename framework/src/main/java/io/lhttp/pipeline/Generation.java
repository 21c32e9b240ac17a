package io.lhttp.pipeline;

import io.lhttp.Connection;
import io.lhttp.Outcome;
import io.lhttp.message.Message;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A pipeline and who still uses it. It is over once it is retired and its last pin is gone.
 *
 * <p>Pins are counted per stripe: a stripe belongs to one event loop, so that loops do not fight
 * for one counter. A pin is taken off the stripe that it was put on; hence no stripe is ever
 * negative, and once a retired generation's stripe was seen at zero, it stays there.
 */
public final class Generation {
  /** Longs per stripe: a cache line, twice, for the prefetcher. */
  private static final int SPREAD = 16;

  /** What a stripe counts, by the place in it. */
  private static final int PINS = 0;

  private static final int MESSAGES = 1;
  private static final int FAILED = 2;

  /** Refusals from here on are the server's fault. */
  private static final int SERVER_FAILED = 500;

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

  /**
   * Runs a message through the pipeline, as {@link Pipeline#run}, and counts what became of it.
   *
   * @param stripe on which the generation is pinned for this message
   */
  public Pipeline.Result run(
      int stripe,
      Connection connection,
      Message message,
      Publisher publisher,
      BlockWatch.@Nullable Slot slot) {
    var result = pipeline.run(connection, message, publisher, slot);
    counts.incrementAndGet(stripe * SPREAD + MESSAGES);
    if (result.outcome() instanceof Outcome.Refused refused && refused.status() >= SERVER_FAILED) {
      counts.incrementAndGet(stripe * SPREAD + FAILED);
    }
    return result;
  }

  Tally tally() {
    var messages = 0L;
    var failed = 0L;
    for (var i = 0; i < counts.length(); i += SPREAD) {
      messages += counts.get(i + MESSAGES);
      failed += counts.get(i + FAILED);
    }
    return new Tally(messages, failed);
  }

  /** Ends what {@link Generations#pin} began, on the same stripe; any thread may do so. */
  public void unpin(int stripe) {
    counts.decrementAndGet(stripe * SPREAD + PINS);
    if (retired) {
      endIfUnused();
    }
  }

  void pin(int stripe) {
    counts.incrementAndGet(stripe * SPREAD + PINS);
  }

  boolean pinned(int stripe) {
    return counts.get(stripe * SPREAD + PINS) != 0;
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
      if (counts.get(i + PINS) != 0) {
        return;
      }
    }
    end();
  }
}
