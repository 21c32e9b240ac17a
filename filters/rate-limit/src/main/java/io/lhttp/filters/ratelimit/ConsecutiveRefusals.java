package io.lhttp.filters.ratelimit;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Counts the refused messages in a row of one connection, for each rate limit: a message that one
 * limit lets through must not end the row of another. An attribute of the connection. All threads
 * may use it.
 *
 * <p>It keeps the rows of the rate limits that have refused last, because reloads replace them.
 */
final class ConsecutiveRefusals {
  private static final int MOST = 16;

  /** The lengths of the rows by the rate limit's number, the oldest first. Guarded by this lock. */
  private final Map<Long, Integer> rows = new LinkedHashMap<>();

  /** Counts a refusal; returns the number of refusals in a row. */
  synchronized int count(Long instance) {
    var before = rows.remove(instance);
    if (rows.size() == MOST) {
      rows.remove(rows.keySet().iterator().next());
    }
    var now = before == null ? 1 : before + 1;
    rows.put(instance, now);
    return now;
  }

  /** Ends a row after a message that was not refused. */
  synchronized void end(Long instance) {
    rows.remove(instance);
  }
}
