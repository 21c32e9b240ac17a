package io.lhttp.filters.auth;

import io.lhttp.Connection.Deadline;
import java.time.Instant;
import java.util.Optional;

/**
 * What a connection has shown. Immutable but for the count, which one exchange at a time touches.
 *
 * @param by the filter's own mark: another one has to look at the token itself
 * @param token the one shown last; empty where there was none
 * @param grant what it granted
 * @param end when the connection is closed
 */
record Login(
    Object by,
    Optional<String> token,
    Optional<Grant> grant,
    Optional<Instant> end,
    Optional<Deadline> deadline,
    Refusals refusals) {

  /** Refused messages in a row. */
  static final class Refusals {
    private int count;

    synchronized int another() {
      return ++count;
    }

    synchronized void over() {
      count = 0;
    }
  }
}
