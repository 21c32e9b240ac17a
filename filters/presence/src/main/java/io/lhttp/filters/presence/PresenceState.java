package io.lhttp.filters.presence;

import java.util.concurrent.atomic.AtomicBoolean;

/** A roster, and when what is to be done for it. */
final class PresenceState {
  final ChannelPresence presence;
  final long created;

  /** Whether it waits to be looked at. */
  final AtomicBoolean queued = new AtomicBoolean();

  /** Whether other servers are to be asked for all they have. */
  volatile boolean askDue;

  // The tick's alone, in nanoseconds.
  boolean subscribed;
  boolean ended;
  boolean digestDue;
  long nextFlush;
  long nextDigest;
  long nextAsk;
  long nextAnswer;
  int toldCount;

  /** Since when nobody is there; 0 while somebody is. */
  long idleSince;

  PresenceState(ChannelPresence presence, long now) {
    this.presence = presence;
    this.created = now;
    this.nextFlush = now;
    this.nextDigest = now;
    this.nextAsk = now;
    this.nextAnswer = now;
  }
}
