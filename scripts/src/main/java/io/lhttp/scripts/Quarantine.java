package io.lhttp.scripts;

import java.time.Duration;

/**
 * Keeps a script away that was stopped again and again: so many times within a while, and for the
 * rest of a pause each of its calls fails without being made. Safe for all threads.
 */
final class Quarantine {
  private static final int STRIKES = 5;
  private static final long WINDOW = Duration.ofSeconds(60).toNanos();
  private static final long PAUSE = Duration.ofSeconds(30).toNanos();

  // Guarded by this, for writing.
  private int strikes;
  private long firstStrike;
  private long until;
  private volatile boolean on;

  /**
   * @throws IllegalStateException while it is kept away
   */
  void check(String name) {
    if (on && stillOn()) {
      throw new IllegalStateException(
          "the script '" + name + "' is in quarantine: it was stopped again and again");
    }
  }

  synchronized void late(String name) {
    var now = System.nanoTime();
    if (strikes == 0 || now - firstStrike > WINDOW) {
      strikes = 0;
      firstStrike = now;
    }
    if (++strikes >= STRIKES) {
      begin(name, now);
    }
  }

  /** At once, for what no interrupt stops. */
  synchronized void stuck(String name) {
    begin(name, System.nanoTime());
  }

  private void begin(String name, long now) {
    until = now + PAUSE;
    on = true;
    strikes = 0;
    ScriptHost.log.error(
        "a script is in quarantine name={} seconds={}", name, PAUSE / 1_000_000_000);
  }

  private synchronized boolean stillOn() {
    on = on && System.nanoTime() - until < 0;
    return on;
  }
}
