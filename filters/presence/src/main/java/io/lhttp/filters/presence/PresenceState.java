package io.lhttp.filters.presence;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The presence of one channel, with what has to be sent about it and when at the earliest. {@link
 * PresenceChannels} owns it. All threads use {@link #presence}, {@link #queued} and {@link
 * #requestState}; all else belongs to the thread of {@link PresenceLoop}. Times are nanoseconds.
 */
final class PresenceState {
  /** The least time between two turns of a channel. */
  static final Duration PACE = Duration.ofSeconds(1);

  /** The time between two digests of a quiet channel. */
  private static final Duration DIGEST_INTERVAL = Duration.ofSeconds(30);

  /** The least time between two requests for other servers' state. */
  private static final Duration REQUEST_PAUSE = Duration.ofSeconds(2);

  /**
   * After this time without a member here, a digest with the number 0 was sent, so other servers
   * know it.
   */
  private static final Duration IDLE_TIME = DIGEST_INTERVAL.plusSeconds(5);

  final ChannelPresence presence;
  final long created;

  /** Whether the channel is in the queue of {@link PresenceChannels#enqueue}. */
  final AtomicBoolean queued = new AtomicBoolean();

  private volatile boolean stateNeeded;

  private boolean connected;
  private boolean ended;
  private boolean digestNeeded;
  private long nextTurn;
  private long nextDigest;
  private long nextRequest;
  private long nextAnswer;

  /** The number of members in the last digest, sent or not. */
  private int digestCount;

  /** Whether this server had no member when {@link #noteIdle} looked last. */
  private boolean idle;

  /** The time since which this server has no member, while {@link #idle}. */
  private long idleSince;

  PresenceState(ChannelPresence presence, long now) {
    this.presence = presence;
    this.created = now;
    this.nextTurn = now;
    this.nextDigest = now;
    this.nextRequest = now;
    this.nextAnswer = now;
  }

  /**
   * Makes the next turn request the whole state of the other servers, as this server may lack
   * members.
   */
  void requestState() {
    stateNeeded = true;
  }

  /** Makes the next turn send a digest. */
  void requestDigest() {
    digestNeeded = true;
  }

  /** Makes the next turn send a digest, if the last one was sent long ago. */
  void requestDigestIfDue(long now) {
    digestNeeded |= nextDigest - now <= 0;
  }

  /** Whether the channel's turn would come too early. */
  boolean isEarly(long now) {
    return nextTurn - now > 0;
  }

  /** Takes note of the beginning of a turn, in which the loop sends the channel's messages. */
  void beginTurn(long now) {
    nextTurn = now + PACE.toNanos();
  }

  /** Whether this server is subscribed to other servers' messages about the channel. */
  boolean isConnected() {
    return connected;
  }

  /** This server has subscribed to other servers' messages about the channel. */
  void connected(long now) {
    connected = true;
    stateNeeded = true;
    // The digests of many channels are spread over time.
    nextDigest = now + DIGEST_INTERVAL.toNanos() * (presence.channel.hashCode() & 15) / 16;
  }

  /**
   * Whether to send a digest now: it was requested, or the number of members has changed without a
   * change of a member that is known by name.
   *
   * @param changesSent whether changes were sent in this turn
   * @param count the number of this server's members
   */
  boolean takeDigest(boolean changesSent, int count, long now) {
    digestNeeded |= !changesSent && count != digestCount;
    digestCount = count;
    if (!digestNeeded) {
      return false;
    }
    digestNeeded = false;
    nextDigest = now + DIGEST_INTERVAL.toNanos();
    return true;
  }

  /** Whether to answer requests of other servers now. */
  boolean takeAnswer(long now) {
    if (!presence.stateRequested() || nextAnswer - now > 0) {
      return false;
    }
    nextAnswer = now + PACE.toNanos();
    return true;
  }

  /** Whether to request other servers' state now. */
  boolean takeRequest(long now) {
    if (!stateNeeded || nextRequest - now > 0) {
      return false;
    }
    stateNeeded = false;
    nextRequest = now + REQUEST_PAUSE.toNanos();
    return true;
  }

  /** Whether this server has no member; takes note of the time. */
  boolean noteIdle(long now) {
    var wasIdle = idle;
    idle = presence.idle();
    if (!wasIdle) {
      idleSince = now;
    }
    return idle;
  }

  /** Whether this server has had no member for so long that other servers know it. */
  boolean isIdleForLong(long now) {
    return now - idleSince > IDLE_TIME.toNanos();
  }

  boolean isEnded() {
    return ended;
  }

  /** The channel's presence has ended. */
  void end() {
    ended = true;
  }
}
