package io.lhttp.server.internal.fanout;

import io.lhttp.channel.SlowConsumer;
import io.lhttp.message.Message;
import io.lhttp.server.internal.limit.Budget;
import org.jspecify.annotations.Nullable;

/**
 * The messages of one connection that wait for its socket, in order; the outbound queue owns it.
 * The oldest droppable delivery is found in constant time, so that a slow client does not slow down
 * others.
 *
 * <p>Confined to the connection's event loop, except for {@link #bytes}.
 */
public final class SendQueue {
  /** The estimated memory of an entry in bytes, beyond the message's own bytes. */
  public static final int OVERHEAD = 128;

  private final Budget budget;
  private @Nullable Entry head;
  private @Nullable Entry tail;

  /** The oldest delivery that may be dropped. This field only moves towards the tail. */
  private @Nullable Entry droppable;

  private int droppableBytes;
  private int replyBytes;
  private int ownBytes;
  private volatile int bytes;

  /**
   * @param budget counts all bytes of a reply, but only the overhead of a delivery, because the
   *     shared frame counts the rest
   */
  public SendQueue(Budget budget) {
    this.budget = budget;
  }

  public boolean isEmpty() {
    return head == null;
  }

  /** The number of waiting bytes, overhead included. All threads may call this method. */
  public int bytes() {
    return bytes;
  }

  /** The number of waiting bytes of replies, overhead included. */
  public int replyBytes() {
    return replyBytes;
  }

  /**
   * The number of waiting bytes of replies that the connection's own exchange sent, overhead
   * included.
   */
  public int ownBytes() {
    return ownBytes;
  }

  /** Adds a reply, which is never dropped. */
  public void add(Message message) {
    add(new Entry(message, null, null, false));
  }

  /** Adds a reply of the connection's own exchange, which is never dropped. */
  public void addOwn(Message message) {
    var entry = new Entry(message, null, null, true);
    add(entry);
    ownBytes += entry.bytes();
  }

  private void add(Entry entry) {
    append(entry);
    replyBytes += entry.bytes();
  }

  /** Adds a delivery, which the policy of the subscription's channel may allow to drop. */
  public void add(Subscription to, SharedFrame frame) {
    frame.retain();
    var entry = new Entry(frame.message(), frame, to, false);
    append(entry);
    if (!entry.mayBeDropped()) {
      return;
    }
    if (to.newest == null) {
      to.oldest = entry;
    } else {
      to.newest.newer = entry;
    }
    to.newest = entry;
    to.waitingBytes += entry.bytes();
    droppableBytes += entry.bytes();
    if (droppable == null) {
      droppable = entry;
    }
  }

  /** Removes the oldest entry; the caller releases its shared frame. */
  @Nullable
  public Entry poll() {
    var first = head;
    if (first != null) {
      unlink(first);
    }
    return first;
  }

  /**
   * Drops the subscription's oldest deliveries until {@code room} bytes are free, or none if all of
   * them are not enough.
   *
   * @return the number of dropped deliveries
   */
  public int dropOldest(Subscription of, int room) {
    return room > of.waitingBytes ? 0 : drop(of, room);
  }

  /**
   * Drops the oldest deliveries of all subscriptions whose policy allows it until {@code room}
   * bytes are free, or none if all of them are not enough.
   *
   * @return the number of dropped deliveries
   */
  public int dropAny(int room) {
    if (room > droppableBytes) {
      return 0;
    }
    var dropped = 0;
    var target = bytes - room;
    while (bytes > target && droppable != null && droppable.to != null) {
      dropped +=
          // the oldest droppable delivery is also the oldest of its subscription
          drop(droppable.to, 1);
    }
    return dropped;
  }

  /** Drops all of a subscription's deliveries; returns their number. */
  public int dropAll(Subscription of) {
    return drop(of, of.waitingBytes);
  }

  public void clear() {
    for (var entry = poll(); entry != null; entry = poll()) {
      entry.release();
    }
  }

  private int drop(Subscription of, int room) {
    var dropped = 0;
    var target = of.waitingBytes - room;
    while (of.oldest != null && of.waitingBytes > target) {
      var entry = of.oldest;
      unlink(entry);
      entry.release();
      dropped++;
    }
    of.missed += dropped;
    return dropped;
  }

  private void append(Entry entry) {
    entry.before = tail;
    if (tail == null) {
      head = entry;
    } else {
      tail.after = entry;
    }
    tail = entry;
    count(entry.bytes());
    budget.add(Budget.Part.SENDING, entry.held());
  }

  private void unlink(Entry entry) {
    if (entry.before == null) {
      head = entry.after;
    } else {
      entry.before.after = entry.after;
    }
    if (entry.after == null) {
      tail = entry.before;
    } else {
      entry.after.before = entry.before;
    }
    count(-entry.bytes());
    budget.add(Budget.Part.SENDING, -entry.held());
    if (entry.to == null) {
      replyBytes -= entry.bytes();
      if (entry.own) {
        ownBytes -= entry.bytes();
      }
    } else if (entry.mayBeDropped()) {
      forgetDroppable(entry, entry.to);
    }
  }

  private void forgetDroppable(Entry entry, Subscription to) {
    to.oldest = entry.newer; // a subscription's entries leave in the order of their arrival
    if (entry.newer == null) {
      to.newest = null;
    }
    to.waitingBytes -= entry.bytes();
    droppableBytes -= entry.bytes();
    if (entry == droppable) {
      var next = entry.after;
      while (next != null && !next.mayBeDropped()) {
        next = next.after;
      }
      droppable = next;
    }
  }

  @SuppressWarnings("NonAtomicVolatileUpdate") // only the event loop writes
  private void count(int more) {
    bytes += more;
  }

  /** A reply, or a delivery with its subscription. */
  public static final class Entry {
    public final Message message;
    public final @Nullable SharedFrame frame;
    public final @Nullable Subscription to;
    private final boolean own;
    private @Nullable Entry before;
    private @Nullable Entry after;

    /** The next droppable entry of the same subscription. */
    private @Nullable Entry newer;

    private Entry(
        Message message, @Nullable SharedFrame frame, @Nullable Subscription to, boolean own) {
      this.message = message;
      this.frame = frame;
      this.to = to;
      this.own = own;
    }

    int bytes() {
      return message.size() + OVERHEAD;
    }

    /** The bytes that the budget counts for this entry. */
    private int held() {
      return to == null ? bytes() : OVERHEAD;
    }

    public void release() {
      if (frame != null) {
        frame.release();
      }
    }

    private boolean mayBeDropped() {
      return to != null && to.policy != SlowConsumer.CLOSE;
    }
  }
}
