package io.lhttp.filters.presence;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The presence of one channel, with the messages that have to be sent about it and their earliest
 * times. {@link PresenceChannels} owns it. All threads use {@link #presence}, {@link #queued} and
 * {@link #requestState}; only the thread of {@link PresenceLoop} uses the rest. Times are in
 * nanoseconds.
 */
final class PresenceState {
  /** The shortest time between two turns of a channel. */
  static final Duration PACE = Duration.ofSeconds(1);

  /** The time between two digests of a quiet channel. */
  private static final Duration DIGEST_INTERVAL = Duration.ofSeconds(30);

  /** The shortest time between two requests for other servers' states. */
  private static final Duration REQUEST_PAUSE = Duration.ofSeconds(2);

  /**
   * The time without a member on this server after which other servers have received a digest with
   * the number 0.
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

  /** The number of members at the last {@link #takeDigest}. */
  private int digestCount;

  /** Whether this server had no member at the last {@link #noteIdle}. */
  private boolean idle;

  /** When this server was first seen without a member; valid while {@link #idle}. */
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
   * Lets the next turn request the whole state of the other servers, because this server may lack
   * members.
   */
  void requestState() {
    stateNeeded = true;
  }

  /** Lets the next turn send a digest. */
  void requestDigest() {
    digestNeeded = true;
  }

  /** Lets the next turn send a digest, if the time for one has come. */
  void requestDigestIfDue(long now) {
    digestNeeded |= nextDigest - now <= 0;
  }

  /** Whether the channel's turn would come too early. */
  boolean isEarly(long now) {
    return nextTurn - now > 0;
  }

  /** Records the beginning of a turn, in which the loop sends the channel's messages. */
  void beginTurn(long now) {
    nextTurn = now + PACE.toNanos();
  }

  /** Whether this server is subscribed to other servers' messages about the channel. */
  boolean isConnected() {
    return connected;
  }

  /** Records that this server has subscribed to other servers' messages about the channel. */
  void connected(long now) {
    connected = true;
    stateNeeded = true;
    // spreads the digests of many channels over time
    nextDigest = now + DIGEST_INTERVAL.toNanos() * (presence.channel.hashCode() & 15) / 16;
  }

  /**
   * Returns whether to send a digest now, and counts it as sent. A digest is due if it was
   * requested, or if the number of members has changed without changes that were sent.
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

  /** Returns whether to answer requests of other servers now, and counts the answer as sent. */
  boolean takeAnswer(long now) {
    if (!presence.stateRequested() || nextAnswer - now > 0) {
      return false;
    }
    nextAnswer = now + PACE.toNanos();
    return true;
  }

  /** Returns whether to request other servers' states now, and counts the request as sent. */
  boolean takeRequest(long now) {
    if (!stateNeeded || nextRequest - now > 0) {
      return false;
    }
    stateNeeded = false;
    nextRequest = now + REQUEST_PAUSE.toNanos();
    return true;
  }

  /** Returns whether this server has no member, and remembers since when. */
  boolean noteIdle(long now) {
    var wasIdle = idle;
    idle = presence.idle();
    if (!wasIdle) {
      idleSince = now;
    }
    return idle;
  }

  /** Whether this server has had no member for so long that other servers know that. */
  boolean isIdleForLong(long now) {
    return now - idleSince > IDLE_TIME.toNanos();
  }

  boolean isEnded() {
    return ended;
  }

  /** Records that the channel's presence has ended. */
  void end() {
    ended = true;
  }
}
