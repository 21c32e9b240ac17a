package io.lhttp.filters.upstream;

import io.lhttp.CloseStatus;
import io.lhttp.Connection;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A backend's decisions about one connection, an attribute of the connection. It outlives a reload,
 * so that a connection is asked about once. All threads may use it.
 */
final class HookSession {
  /** Held while the backend is asked whether the connection may stay. */
  private final ReentrantLock asking = new ReentrantLock();

  // All other fields are guarded by this object's lock.
  private boolean admitted;
  private @Nullable CloseStatus refused;
  private @Nullable Instant expires;
  private Connection.@Nullable Deadline deadline;

  /** Cancels the timer of the next question; null without one. */
  private @Nullable Runnable timer;

  /** Counts answers and pauses, so that a late timer does nothing. */
  private long round;

  ReentrantLock asking() {
    return asking;
  }

  /**
   * Returns the number of the timer that is to be set for a client that sends nothing; empty if the
   * backend has answered.
   */
  synchronized OptionalLong awaitMessage() {
    if (admitted || refused != null) {
      return OptionalLong.empty();
    }
    pause();
    return OptionalLong.of(round);
  }

  synchronized boolean admitted() {
    return admitted;
  }

  /** The status by which the connection was refused. */
  synchronized Optional<CloseStatus> refused() {
    return Optional.ofNullable(refused);
  }

  /** When the backend's last answer ends. */
  synchronized Optional<Instant> expires() {
    return Optional.ofNullable(expires);
  }

  /**
   * Records a permission.
   *
   * @param until when it ends; empty if it does not
   * @return the number of the timer that is to be set
   */
  synchronized long admit(Optional<Instant> until) {
    pause();
    admitted = true;
    expires = until.orElse(null);
    return round;
  }

  /** As {@link #admit}; does nothing, and returns empty, if another answer came meanwhile. */
  synchronized OptionalLong renew(long forRound, Optional<Instant> until) {
    return round == forRound ? OptionalLong.of(admit(until)) : OptionalLong.empty();
  }

  /** Records a refusal, which is final. */
  synchronized void refuse(CloseStatus why) {
    pause();
    admitted = false;
    expires = null;
    refused = why;
  }

  /** The number of the timer, which changes with each answer and each {@link #pause}. */
  synchronized long round() {
    return round;
  }

  /** Sets the close at the end of the permission, and the timer of the next question. */
  synchronized void arm(long forRound, Connection.Deadline close, @Nullable Runnable cancel) {
    if (forRound != round) { // another answer came in the meantime
      close.cancel();
      if (cancel != null) {
        cancel.run();
      }
      return;
    }
    if (deadline != null) {
      deadline.cancel();
    }
    deadline = close;
    timer = cancel;
  }

  /** Sets the timer of another attempt. */
  synchronized void again(long forRound, Runnable cancel) {
    if (forRound == round) {
      timer = cancel;
    } else {
      cancel.run();
    }
  }

  /** Cancels the close and the timer, and keeps what the backend has said. */
  synchronized void pause() {
    round++;
    if (deadline != null) {
      deadline.cancel();
      deadline = null;
    }
    if (timer != null) {
      timer.run();
      timer = null;
    }
  }
}
