package io.lhttp.scripts.threads;

import io.lhttp.internal.log.ErrorLog;
import io.lhttp.scripts.ScriptHost;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Checks all running calls of scripts at regular intervals, on a thread of its own; the host owns
 * it.
 */
public final class Watchdog implements AutoCloseable {
  /** The pause between two checks. */
  private static final Duration PAUSE = Duration.ofMillis(10);

  private static final ErrorLog errors = new ErrorLog(ScriptHost.log, "the scripts' watchdog");

  /** A context whose calls the watchdog checks. */
  @FunctionalInterface
  public interface Watched {
    /**
     * Checks the running call.
     *
     * @param now as {@link System#nanoTime}
     */
    void check(long now);
  }

  private final Set<Watched> all = ConcurrentHashMap.newKeySet();
  private final Thread thread =
      Thread.ofPlatform().daemon().name("lhttp-script-watchdog").unstarted(this::watch);

  public void start() {
    thread.start();
  }

  public void add(Watched watched) {
    all.add(watched);
  }

  public void remove(Watched watched) {
    all.remove(watched);
  }

  @Override
  public void close() {
    thread.interrupt();
  }

  private void watch() {
    while (!Thread.currentThread().isInterrupted()) {
      try {
        Thread.sleep(PAUSE);
      } catch (InterruptedException _) {
        return;
      }
      var now = System.nanoTime();
      for (var watched : all) {
        // guarded, so that the loop continues with the other contexts
        errors.run(() -> watched.check(now));
      }
    }
  }
}
