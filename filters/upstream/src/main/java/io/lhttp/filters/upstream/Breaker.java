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

  boolean permits() {
    return permits(1);
  }

  /**
   * Whether {@link #enter} would admit a request now.
   *
   * @param pauses the number of pauses between the opening and this request, if it is the try
   */
  boolean permits(int pauses) {
    return state == State.CLOSED || permitsTry(pauses);
  }

  private synchronized boolean permitsTry(int pauses) {
    return state == State.CLOSED || remaining(pauses) <= 0;
  }

  boolean enter() {
    return enter(1);
  }

  /**
   * Whether a request may be sent. If so, the caller must report {@link #succeeded}, {@link
   * #failed} or, for a try, {@link #repeatTry}.
   *
   * @param pauses the number of pauses between the opening and this request, if it is the try
   */
  boolean enter(int pauses) {
    return state == State.CLOSED || enterToTry(pauses);
  }

  private synchronized boolean enterToTry(int pauses) {
    if (state == State.CLOSED) {
      return true;
    }
    if (remaining(pauses) > 0) {
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

  /** Ends a try that showed nothing: the next one may begin as if the pause had ended just now. */
  synchronized void repeatTry() {
    if (state == State.TRYING) {
      state = State.OPEN;
      since = nanoTime.getAsLong() - pauseNanos;
    }
  }

  boolean open() {
    return state != State.CLOSED;
  }

  /** Whether a try is under way. */
  boolean trying() {
    return state == State.TRYING;
  }

  Duration pause() {
    return pause(1);
  }

  /** The time until the next try; zero or less if a try is possible now. */
  synchronized Duration pause(int pauses) {
    return state == State.CLOSED ? Duration.ZERO : Duration.ofNanos(remaining(pauses));
  }

  private long remaining(int pauses) {
    return pauses * pauseNanos - (nanoTime.getAsLong() - since);
  }
}
