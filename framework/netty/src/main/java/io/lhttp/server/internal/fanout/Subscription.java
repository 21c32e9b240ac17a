package io.lhttp.server.internal.fanout;

import io.lhttp.channel.SlowConsumer;
import org.jspecify.annotations.Nullable;

/**
 * One connection's subscription to one channel. Confined to the connection's event loop, but for
 * {@code asked}.
 */
public final class Subscription implements IndexedBag.Member {
  private static final int NOWHERE = -1;

  final Subscriber subscriber;
  public final LoopSubscribers channel;
  public final SlowConsumer policy;

  /** Deliveries that were dropped since the last one that went out. */
  public long missed;

  // The send queue's: what of this subscription waits and may be dropped.
  SendQueue.@Nullable Entry oldest;
  SendQueue.@Nullable Entry newest;
  int waitingBytes;

  /** The last delivery that was sent, on a channel with a history. */
  long position = -1;

  /** What is sent of the channel's past now. */
  @Nullable Replay replay;

  /** Whether the client has asked for it, and no code has. Guarded by its session. */
  public boolean asked;

  private int place = NOWHERE;
  private boolean over;

  public Subscription(Subscriber subscriber, LoopSubscribers channel, SlowConsumer policy) {
    this.subscriber = subscriber;
    this.channel = channel;
    this.policy = policy;
  }

  @Override
  public int place() {
    return place;
  }

  @Override
  public void place(int place) {
    this.place = place;
  }

  boolean over() {
    return over;
  }

  /** Whether a live delivery of a channel with a history is the next one to send. */
  boolean takes(long offset) {
    if (replay != null || offset <= position) {
      return false; // it is in what is replayed
    }
    position = offset;
    return true;
  }

  /** Later deliveries than this were made up: what comes behind it is taken. */
  void rewind(long offset) {
    position = Math.min(position, offset);
    if (replay != null) {
      replay.rewind(offset);
    }
  }

  /** Begins to receive; does nothing where it has ended before it began. */
  public void begin() {
    if (!over) {
      channel.add(this);
    }
  }

  public void end() {
    if (!over && place != NOWHERE) {
      channel.remove(this);
    }
    over = true;
  }
}
