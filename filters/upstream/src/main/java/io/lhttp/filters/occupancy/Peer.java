package io.lhttp.filters.occupancy;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Another server, as far as its messages have arrived. {@link OccupancyState} owns it, and its lock
 * guards it. Times are in nanoseconds.
 */
final class Peer {
  private static final long UNKNOWN = -1;

  /** The channels with subscribers on that server. */
  Set<String> channels = new HashSet<>();

  /** When its last message arrived. */
  long heard;

  /** Whether it owns channels. */
  boolean settled;

  /** The number of returns that it has reported. */
  long merges;

  /** The number of the last message of its log that was applied. */
  private long log = UNKNOWN;

  /** The number of the last message of its log that there is, as far as known. */
  private long newest;

  /** Since when messages of its log are missing. */
  private long behindSince;

  private final List<String> parts = new ArrayList<>();
  private final Set<String> reported = new HashSet<>();
  private long partsLog = UNKNOWN;
  private int nextPart;

  Peer(long now) {
    heard = now;
    behindSince = now;
  }

  /** Whether all messages of its log were applied. */
  boolean upToDate() {
    return log == newest;
  }

  /** Whether messages have been missing for so long that nobody waits for them any more. */
  boolean behindFor(long nanos, long now) {
    return !upToDate() && now - behindSince > nanos;
  }

  /** Notes that its log has this message. */
  void exists(long number, long now) {
    if (upToDate() && number != newest) {
      behindSince = now;
    }
    newest = number;
  }

  /** Whether this is the message that follows; if so, it counts as applied. */
  boolean follows(long number, long now) {
    exists(number, now);
    if (number != log + 1) {
      return false;
    }
    log = number;
    return true;
  }

  /**
   * Stores a part of the whole state.
   *
   * @return whether it was the last part: then {@link #takeParts} returns all channels
   */
  boolean store(PeerMessage.State state, int most) {
    if (state.part() == 0) {
      parts.clear();
      reported.clear();
      partsLog = state.log();
      nextPart = 0;
    }
    if (partsLog != state.log() || state.part() != nextPart) {
      partsLog = UNKNOWN; // a part was lost; the next beat shows that
      return false;
    }
    nextPart++;
    for (var occupation : state.occupations()) {
      if (reported.size() < 6 * most) {
        reported.add(occupation.channel());
      }
    }
    parts.addAll(
        state.occupied().subList(0, Math.min(state.occupied().size(), most - parts.size())));
    return nextPart >= state.parts();
  }

  /** The channels of whose events the whole state says something. */
  Set<String> reported() {
    return reported;
  }

  /** Takes the channels of the whole state, which counts as applied. */
  Set<String> takeParts(long now) {
    var all = new HashSet<>(parts);
    parts.clear();
    reported.clear();
    log = partsLog;
    partsLog = UNKNOWN;
    exists(Math.max(newest, log), now);
    return all;
  }
}
