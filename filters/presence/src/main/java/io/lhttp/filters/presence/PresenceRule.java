package io.lhttp.filters.presence;

import java.time.Duration;

/**
 * The presence of a channel, or of the channels that a pattern matches.
 *
 * @param grace the time for which a member stays after its last connection has ended, at most an
 *     hour. If the member reconnects within this time, no client sees it leave or join
 * @param countOnly whether clients get only the number of members
 * @param members the most members that each server knows by name, 1 to 10,000. Beyond this number
 *     the server counts connections
 */
public record PresenceRule(Duration grace, boolean countOnly, int members) {
  private static final Duration LONGEST = Duration.ofHours(1);
  private static final int MAX_MEMBERS = 10_000;

  /** A grace of 10 seconds, and up to 1,000 members by name. */
  public static final PresenceRule DEFAULT = new PresenceRule(Duration.ofSeconds(10), false, 1_000);

  public PresenceRule {
    if (grace.isNegative() || grace.compareTo(LONGEST) > 0) {
      throw new IllegalArgumentException("grace: expected a time up to 1h");
    }
    if (members < 1 || members > MAX_MEMBERS) {
      throw new IllegalArgumentException("members: expected a number from 1 to 10000");
    }
  }
}
