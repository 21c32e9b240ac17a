package io.lhttp.filters.upstream;

import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * A circuit breaker: after several failures in a row it stops requests. After a pause it lets one
 * request through as a try; a success closes the breaker again. All threads may use it.
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

  // Both fields are written with this object's lock. Requests read them first without the lock,
  // because each request asks the breaker three times: if it is closed and has counted no failure,
  // the answer is clear.
  private volatile State state = State.CLOSED;
  private volatile int failures;

  // When the breaker opened, or the last try began, in nanoseconds. Guarded by this object's lock.
  private long since;

  /**
   * @param limit the number of failures in a row that opens the breaker; 0 for never
   */
  Breaker(int limit, Duration pause, LongSupplier nanoTime) {
    this.limit = limit;
    this.pauseNanos = pause.toNanos();
    this.nanoTime = nanoTime;
  }

  /** Whether {@link #enter} would admit a request now. */
  boolean permits() {
    return state == State.CLOSED || permitsTry();
  }

  private synchronized boolean permitsTry() {
    return state == State.CLOSED || remaining() <= 0;
  }

  /**
   * Whether a request may be sent. If so, the caller must report {@link #succeeded} or {@link
   * #failed}.
   */
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
    // If the caller never reports this try, another request may try after a pause.
    state = State.TRYING;
    since = nanoTime.getAsLong();
    return true;
  }

  /** Reports a success. Returns whether the success closed an open breaker. */
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

  /** Reports a failure. Returns whether the failure opened the breaker. */
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

  /** The time until the next try; zero or less if a try is possible now. */
  synchronized Duration pause() {
    return state == State.CLOSED ? Duration.ZERO : Duration.ofNanos(remaining());
  }

  private long remaining() {
    return pauseNanos - (nanoTime.getAsLong() - since);
  }
}
