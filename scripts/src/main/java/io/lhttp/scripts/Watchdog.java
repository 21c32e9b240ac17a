package io.lhttp.scripts;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Looks at all contexts again and again, from a thread of its own. */
final class Watchdog implements AutoCloseable {
  /** A call is found at most this long after its time is over. */
  private static final Duration PAUSE = Duration.ofMillis(10);

  private final Set<Realm> realms = ConcurrentHashMap.newKeySet();
  private final Thread thread =
      Thread.ofPlatform().daemon().name("lhttp-script-watchdog").unstarted(this::watch);

  void start() {
    thread.start();
  }

  void add(Realm realm) {
    realms.add(realm);
  }

  void remove(Realm realm) {
    realms.remove(realm);
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
      for (var realm : realms) {
        realm.look(now);
      }
    }
  }
}
