package io.lhttp.internal.log;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.slf4j.Logger;

/**
 * Logs the exceptions of a loop or timer that has to continue: once a minute for each cause, with a
 * count. A cause is a class and the line that threw it. All threads may use it, and no method
 * throws.
 *
 * <pre>{@code
 * var errors = new ErrorLog(log, "the health checks");
 * executor.scheduleWithFixedDelay(errors.guard(this::look), 1, 1, TimeUnit.SECONDS);
 * }</pre>
 */
public final class ErrorLog {
  private static final long PAUSE = TimeUnit.MINUTES.toNanos(1);

  /** The most causes with a count of their own; all further causes share one. */
  private static final int MOST = 64;

  private final Logger log;
  private final String loop;
  private final LongSupplier nanoTime;

  /** The causes that were logged lately, by their text. Guarded by the lock of the map itself. */
  private final Map<String, Cause> causes = new HashMap<>();

  private static final class Cause {
    long at;
    long since;
  }

  /**
   * @param loop the loop's name in the log
   */
  public ErrorLog(Logger log, String loop) {
    this(log, loop, System::nanoTime);
  }

  ErrorLog(Logger log, String loop, LongSupplier nanoTime) {
    this.log = log;
    this.loop = loop;
    this.nanoTime = nanoTime;
  }

  /**
   * Counts an exception. Logs it unless a line about its cause was logged within the last minute.
   */
  public void add(Throwable thrown) {
    try {
      var before = before(cause(thrown));
      if (before >= 0) {
        log.error("{} failed and continues unlogged={}", loop, before, Loggable.of(thrown));
      }
    } catch (Throwable unloggable) {
      // The log itself failed, which must not end the loop.
    }
  }

  /** Returns a task that runs this one and throws nothing. */
  public Runnable guard(Runnable task) {
    return () -> run(task);
  }

  /** Runs a task, and logs its exceptions. */
  public void run(Runnable task) {
    try {
      task.run();
    } catch (Throwable thrown) {
      add(thrown);
    }
  }

  /** Returns the number of exceptions of this cause since its last line; -1 if no line is due. */
  private long before(String cause) {
    var now = nanoTime.getAsLong();
    synchronized (causes) {
      var key = causes.containsKey(cause) || causes.size() < MOST ? cause : "others";
      var known = causes.get(key);
      if (known == null) {
        var fresh = new Cause();
        fresh.at = now;
        causes.put(key, fresh);
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
    } catch (Throwable unreadable) {
      return name;
    }
  }
}
