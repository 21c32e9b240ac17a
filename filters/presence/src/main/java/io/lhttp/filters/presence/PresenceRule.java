package io.lhttp.filters.presence;

import java.time.Duration;

/**
 * What is told of a channel's subscribers.
 *
 * @param grace how long one whose connection has ended is still there, and has never been away if
 *     it comes back meanwhile
 * @param countOnly whether only their number is told
 * @param members how many are known by name on each server, 1 to 10,000; those beyond it are
 *     counted, by connections
 */
public record PresenceRule(Duration grace, boolean countOnly, int members) {
  private static final Duration LONGEST = Duration.ofHours(1);
  private static final int MAX_MEMBERS = 10_000;

  /** 10 seconds, all, 1,000. */
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
