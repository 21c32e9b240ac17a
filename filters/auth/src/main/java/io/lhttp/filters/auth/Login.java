package io.lhttp.filters.auth;

import io.lhttp.Connection.Deadline;
import java.time.Instant;
import java.util.Optional;

/**
 * The token of a connection with its grant. Immutable but for the count, which one exchange at a
 * time changes.
 *
 * @param by the mark of the filter; another filter has to check the token itself
 * @param token the last token; empty without one
 * @param grant the claims of the token
 * @param end the timer that closes the connection
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
