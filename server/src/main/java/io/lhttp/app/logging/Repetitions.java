package io.lhttp.app.logging;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * Finds failures that repeat: the first one is shown whole, a repetition in one line, and at most
 * once a second. A failure that did not occur for a minute counts as new. All threads may use it.
 */
final class Repetitions {
  private static final long PAUSE = Duration.ofSeconds(1).toNanos();
  private static final long FORGOTTEN = Duration.ofMinutes(1).toNanos();

  /** The most failures that are known at a time; the one that was seen last longest ago goes. */
  private static final int MOST = 64;

  private final LongSupplier nanoTime;

  /** The failures by their summaries. Guarded by this object's lock. */
  private final Map<String, Failure> failures =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Failure> eldest) {
          return size() > MOST;
        }
      };

  private static final class Failure {
    private long times;
    private long shown;
    private long seen;
  }

  Repetitions(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  /**
   * Counts a failure.
   *
   * @return how often it has occurred by now: 1 if it is new; 0 if it must not be shown again yet
   */
  synchronized long count(String summary) {
    var now = nanoTime.getAsLong();
    var known = failures.get(summary);
    if (known == null || now - known.seen >= FORGOTTEN) {
      known = new Failure();
      failures.put(summary, known);
    }
    known.seen = now;
    known.times++;
    if (known.times > 1 && now - known.shown < PAUSE) {
      return 0;
    }
    known.shown = now;
    return known.times;
  }

  /** Forgets all failures, because the code was replaced. */
  synchronized void clear() {
    failures.clear();
  }
}
