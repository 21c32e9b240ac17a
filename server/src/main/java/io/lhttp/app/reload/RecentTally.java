package io.lhttp.app.reload;

import io.lhttp.pipeline.Tally;
import java.time.Duration;
import java.util.ArrayDeque;

/**
 * How messages ended lately: what a new generation is measured by. It would be no measure how they
 * ended since the start, weeks ago. Not thread-safe.
 */
public final class RecentTally {
  private static final int SAMPLES = 30;

  private final long step;

  /** The oldest first, all of one generation. */
  private final ArrayDeque<Sample> samples = new ArrayDeque<>();

  private int generation;

  private record Sample(long nanos, Tally tally) {}

  public RecentTally(Duration window) {
    this.step = window.toNanos() / SAMPLES;
  }

  /** Another count of the running generation; may come as often as it likes. */
  public void add(long nanos, int generation, Tally tally) {
    if (this.generation != generation) {
      this.generation = generation;
      samples.clear();
    }
    if (samples.isEmpty() || nanos - samples.getLast().nanos >= step) {
      samples.addLast(new Sample(nanos, tally));
      if (samples.size() > SAMPLES) {
        samples.removeFirst();
      }
    }
  }

  /**
   * What has ended within the window, at most.
   *
   * @param now of the same generation as what was added last
   */
  public Tally upTo(Tally now) {
    return samples.isEmpty() ? now : now.since(samples.getFirst().tally);
  }
}
