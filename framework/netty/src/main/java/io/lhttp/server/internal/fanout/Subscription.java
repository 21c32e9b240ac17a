package io.lhttp.server.internal.fanout;

import io.lhttp.channel.SlowConsumer;
import org.jspecify.annotations.Nullable;

/**
 * One connection's subscription to one channel; the session owns it. Confined to the connection's
 * event loop, except for {@code asked}.
 */
public final class Subscription implements IndexedBag.Member {
  private static final int NOWHERE = -1;

  final Subscriber subscriber;
  public final LoopSubscribers channel;
  public final SlowConsumer policy;

  /** The number of deliveries that were dropped since the last one that was sent. */
  public long missed;

  // A linked list of this subscription's droppable entries in the send queue, and their bytes.
  SendQueue.@Nullable Entry oldest;
  SendQueue.@Nullable Entry newest;
  int waitingBytes;

  /** The offset of the last delivery, on a channel with a history; -1 before the first. */
  long position = -1;

  /** The running replay; null without one. */
  @Nullable Replay replay;

  /**
   * Whether the client requested the subscription and the server's code did not. Guarded by the
   * session.
   */
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

  /**
   * Decides about a live delivery with this offset, and remembers the offset if it is to be sent.
   * Returns false if the replay sends the entry, or the subscriber has it already.
   */
  boolean advanceTo(long offset) {
    if (replay != null || offset <= position) {
      return false; // the replay sends it
    }
    position = offset;
    return true;
  }

  /** Continues after this offset, because later deliveries were forged. */
  void rewind(long offset) {
    position = Math.min(position, offset);
    if (replay != null) {
      replay.rewind(offset);
    }
  }

  /** Starts to receive deliveries; does nothing if the subscription has ended already. */
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
