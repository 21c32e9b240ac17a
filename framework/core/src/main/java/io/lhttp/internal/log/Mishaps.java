package io.lhttp.internal.log;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.slf4j.Logger;

/**
 * Exceptions in a loop, a timer or a watch that has to go on: each cause is logged once a minute,
 * with how often it came before. A cause is a class and the line that threw it. Safe for all
 * threads; no method throws.
 *
 * <pre>{@code
 * var mishaps = new Mishaps(log, "the health checks");
 * executor.scheduleWithFixedDelay(mishaps.survivedBy(this::look), 1, 1, TimeUnit.SECONDS);
 * }</pre>
 */
public final class Mishaps {
  private static final long PAUSE = TimeUnit.MINUTES.toNanos(1);

  /** Causes that are told apart; the others count as one. */
  private static final int MOST = 64;

  private final Logger log;
  private final String who;
  private final LongSupplier nanoTime;

  /** Guarded by itself. */
  private final Map<String, Said> said = new HashMap<>();

  private static final class Said {
    long at;
    long since;
  }

  /**
   * @param who goes on, as the log calls it
   */
  public Mishaps(Logger log, String who) {
    this(log, who, System::nanoTime);
  }

  Mishaps(Logger log, String who, LongSupplier nanoTime) {
    this.log = log;
    this.who = who;
    this.nanoTime = nanoTime;
  }

  /** Something was thrown, and was survived. */
  public void add(Throwable thrown) {
    try {
      var before = before(cause(thrown));
      if (before >= 0) {
        log.error("{} went wrong, and goes on unlogged={}", who, before, Loggable.of(thrown));
      }
    } catch (Throwable unloggable) {
      // A log that fails must not end what survives.
    }
  }

  /** The same task, but that it throws nothing. */
  public Runnable survivedBy(Runnable task) {
    return () -> run(task);
  }

  /** Runs a task and throws nothing. */
  public void run(Runnable task) {
    try {
      task.run();
    } catch (Throwable thrown) {
      add(thrown);
    }
  }

  /** How often it came unlogged; -1 where it is not to be logged now. */
  private long before(String cause) {
    var now = nanoTime.getAsLong();
    synchronized (said) {
      var key = said.containsKey(cause) || said.size() < MOST ? cause : "others";
      var known = said.get(key);
      if (known == null) {
        var fresh = new Said();
        fresh.at = now;
        said.put(key, fresh);
        return 0;
      }
      if (now - known.at < PAUSE) {
        known.since++;
        return -1;
      }
      var before = known.since;
      known.at = now;
      known.since = 0;
      return before;
    }
  }

  private static String cause(Throwable thrown) {
    var name = thrown.getClass().getName();
    try {
      var frames = thrown.getStackTrace();
      return frames.length == 0 ? name : name + frames[0];
    } catch (Throwable unspeakable) {
      return name;
    }
  }
}
