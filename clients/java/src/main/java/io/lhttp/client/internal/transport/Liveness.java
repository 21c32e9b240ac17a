package io.lhttp.client.internal.transport;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/**
 * Detects a connection that has died without a close frame. If no bytes have come for an interval,
 * it sends a ping. If none come within a third of the interval after that, the connection counts as
 * dead. All threads may use it.
 */
final class Liveness {
  /**
   * The shortest time between two pings after pauses in reading, because servers limit the pings of
   * a client.
   */
  static final Duration PING_PACE = Duration.ofSeconds(1);

  private final Timer timer;
  private final Duration interval;
  private final Runnable ping;
  private final Consumer<Duration> dead;

  /** The number of the newest scheduled task; older tasks do nothing. */
  private final AtomicInteger round = new AtomicInteger();

  private final AtomicBoolean pingSoon = new AtomicBoolean();
  private volatile boolean stopped = true;
  private volatile boolean reading;
  private volatile boolean received;
  private volatile long receivedAt;
  private volatile Timer.Cancel scheduled = () -> {};

  /**
   * @param dead called with the time for which no bytes have come
   */
  Liveness(Timer timer, Duration interval, Runnable ping, Consumer<Duration> dead) {
    this.timer = timer;
    this.interval = interval;
    this.ping = ping;
    this.dead = dead;
  }

  void start() {
    stopped = false;
    received();
    watch();
  }

  void stop() {
    stopped = true;
    scheduled.cancel();
  }

  /** Reports received bytes. */
  void received() {
    received = true;
    receivedAt = timer.nanoTime();
  }

  /**
   * Reports whether the client reads messages. While it does not, it can't see the answer to a
   * ping.
   */
  void reading(boolean reading) {
    this.reading = reading;
  }

  /** Sends a ping soon, even if bytes have come. */
  void pingSoon() {
    if (!pingSoon.getAndSet(true)) {
      var unused =
          timer.after(
              PING_PACE,
              () -> {
                pingSoon.set(false);
                ask();
              });
    }
  }

  private void watch() {
    var left = interval.minusNanos(timer.nanoTime() - receivedAt);
    if (!left.isNegative() && !left.isZero()) {
      schedule(left, this::watch);
    } else {
      ask();
    }
  }

  private void ask() {
    if (stopped) {
      return;
    }
    received = false;
    ping.run();
    schedule(interval.dividedBy(3), this::check);
  }

  private void check() {
    if (received) {
      watch();
    } else if (!reading) {
      schedule(interval, this::watch);
    } else {
      dead.accept(Duration.ofNanos(timer.nanoTime() - receivedAt));
    }
  }

  private void schedule(Duration delay, Runnable task) {
    var mine = round.incrementAndGet();
    scheduled =
        timer.after(
            delay,
            () -> {
              if (mine == round.get() && !stopped) {
                task.run();
              }
            });
  }
}
