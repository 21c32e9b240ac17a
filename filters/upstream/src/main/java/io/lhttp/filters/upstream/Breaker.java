package io.lhttp.filters.upstream;

import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * A circuit breaker: after several failures in a row it stops requests. After a pause it lets one
 * request try, whose success closes it again. All threads may use it.
 */
final class Breaker {
  private enum State {
    CLOSED,
    OPEN,
    TRYING
  }

  private final int limit;
  private final long pauseNanos;
  private final LongSupplier nanoTime;

  // Written under this. Read without it where nothing is to change: a closed breaker that has seen
  // no failure, which every request asks three times.
  private volatile State state = State.CLOSED;
  private volatile int failures;

  // Guarded by this.
  private long since;

  /**
   * @param limit failures in a row that open it; 0 never does
   */
  Breaker(int limit, Duration pause, LongSupplier nanoTime) {
    this.limit = limit;
    this.pauseNanos = pause.toNanos();
    this.nanoTime = nanoTime;
  }

  /** Whether {@link #enter} would let a request go now. */
  boolean permits() {
    return state == State.CLOSED || permitsTry();
  }

  private synchronized boolean permitsTry() {
    return state == State.CLOSED || remaining() <= 0;
  }

  /** Lets a request go, or not; who is let go tells {@link #succeeded} or {@link #failed}. */
  boolean enter() {
    return state == State.CLOSED || enterToTry();
  }

  private synchronized boolean enterToTry() {
    if (state == State.CLOSED) {
      return true;
    }
    if (remaining() > 0) {
      return false;
    }
    // A try that never tells how it ended gives way to another after a pause.
    state = State.TRYING;
    since = nanoTime.getAsLong();
    return true;
  }

  /** Returns true where this closes it again. */
  boolean succeeded() {
    return (state != State.CLOSED || failures != 0) && forgetFailures();
  }

  private synchronized boolean forgetFailures() {
    failures = 0;
    if (state != State.TRYING) {
      return false;
    }
    state = State.CLOSED;
    return true;
  }

  /** Returns true where this opens it. */
  synchronized boolean failed() {
    failures++;
    if (state == State.OPEN || limit == 0 || (state == State.CLOSED && failures < limit)) {
      return false;
    }
    state = State.OPEN;
    since = nanoTime.getAsLong();
    return true;
  }

  boolean open() {
    return state != State.CLOSED;
  }

  /** Until the next try; zero or less where one may go now. */
  synchronized Duration pause() {
    return state == State.CLOSED ? Duration.ZERO : Duration.ofNanos(remaining());
  }

  private long remaining() {
    return pauseNanos - (nanoTime.getAsLong() - since);
  }
}
