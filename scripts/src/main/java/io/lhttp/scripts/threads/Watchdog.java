package io.lhttp.scripts.threads;

import io.lhttp.internal.log.Mishaps;
import io.lhttp.scripts.ScriptHost;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Looks at all that runs again and again, from a thread of its own. */
public final class Watchdog implements AutoCloseable {
  /** A call is found at most this long after its time is over. */
  private static final Duration PAUSE = Duration.ofMillis(10);

  private static final Mishaps mishaps = new Mishaps(ScriptHost.log, "the scripts' watchdog");

  /** Something whose calls may run too long. */
  @FunctionalInterface
  public interface Watched {
    /**
     * @param now of {@link System#nanoTime}
     */
    void look(long now);
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
        mishaps.run(() -> watched.look(now)); // the others are looked at all the same
      }
    }
  }
}
