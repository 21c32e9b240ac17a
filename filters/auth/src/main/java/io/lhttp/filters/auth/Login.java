package io.lhttp.filters.auth;

import io.lhttp.Connection.Deadline;
import io.lhttp.control.RefreshedLogin;
import java.time.Instant;
import java.util.Optional;

/**
 * A connection's token with its grant, an attribute of the connection. Immutable except the count
 * of refusals, which only one exchange at a time changes.
 *
 * @param verifiedBy the mark of the filter instance that verified the token; another instance must
 *     verify it again
 * @param token the last token; empty without one
 * @param grant the rights that the token gives; empty for an anonymous client
 * @param end when the server closes the connection; empty for never
 * @param deadline the timer that closes the connection
 * @param refreshed the changes of the server's code that {@code grant} and {@code end} contain
 */
record Login(
    Object verifiedBy,
    Optional<String> token,
    Optional<Grant> grant,
    Optional<Instant> end,
    Optional<Deadline> deadline,
    Optional<RefreshedLogin> refreshed,
    Refusals refusals) {

  /** Counts refused messages in a row. */
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
