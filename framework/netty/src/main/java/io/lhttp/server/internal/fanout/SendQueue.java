package io.lhttp.server.internal.fanout;

import io.lhttp.channel.SlowConsumer;
import io.lhttp.message.Message;
import io.lhttp.server.internal.limit.Budget;
import org.jspecify.annotations.Nullable;

/**
 * What waits until a socket takes it, in order. Whatever is dropped is the oldest of its kind and
 * is found at once, however long the queue: a client that does not read must not cost the time of
 * those who do. Confined to the connection's event loop, but for {@link #bytes}.
 */
public final class SendQueue {
  /** What an entry costs beside its bytes, roughly. */
  public static final int OVERHEAD = 128;

  private final Budget budget;
  private @Nullable Entry head;
  private @Nullable Entry tail;

  /** The oldest entry that may be dropped. It only moves towards the tail. */
  private @Nullable Entry droppable;

  private int droppableBytes;
  private int replyBytes;
  private volatile int bytes;

  /**
   * @param budget of which a reply takes its bytes, and a delivery its entry's alone: its broadcast
   *     has taken its own
   */
  public SendQueue(Budget budget) {
    this.budget = budget;
  }

  public boolean isEmpty() {
    return head == null;
  }

  /** What waits, overhead included. Any thread. */
  public int bytes() {
    return bytes;
  }

  /** How much of what waits are replies. */
  public int replyBytes() {
    return replyBytes;
  }

  /** A reply; never dropped. */
  public void add(Message message) {
    var entry = new Entry(message, null, null);
    append(entry);
    replyBytes += entry.bytes();
  }

  /** A delivery; whether it may be dropped is its subscription's policy. */
  public void add(Subscription to, SharedFrame broadcast) {
    broadcast.retain();
    var entry = new Entry(broadcast.message(), broadcast, to);
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

  /** Takes the oldest entry; its broadcast is the caller's then. */
  @Nullable
  public Entry poll() {
    var first = head;
    if (first != null) {
      unlink(first);
    }
    return first;
  }

  /**
   * Makes so much room by dropping the subscription's oldest deliveries, or drops nothing where
   * that is not enough.
   *
   * @return how many were dropped; 0 where it is not enough
   */
  public int dropOldest(Subscription of, int room) {
    return room > of.waitingBytes ? 0 : drop(of, room);
  }

  /** The same with the oldest deliveries of all subscriptions whose policy allows it. */
  public int dropAny(int room) {
    if (room > droppableBytes) {
      return 0;
    }
    var dropped = 0;
    var target = bytes - room;
    while (bytes > target && droppable != null && droppable.to != null) {
      dropped += drop(droppable.to, 1); // the oldest of all is its subscription's oldest
    }
    return dropped;
  }

  /** Drops all of a subscription's deliveries; returns how many. */
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
    } else if (entry.mayBeDropped()) {
      forgetDroppable(entry, entry.to);
    }
  }

  private void forgetDroppable(Entry entry, Subscription to) {
    to.oldest = entry.newer; // a subscription's entries leave in the order in which they came
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

  @SuppressWarnings("NonAtomicVolatileUpdate") // one thread writes
  private void count(int more) {
    bytes += more;
  }

  /** A reply, or a delivery together with its subscription. */
  public static final class Entry {
    public final Message message;
    public final @Nullable SharedFrame broadcast;
    public final @Nullable Subscription to;
    private @Nullable Entry before;
    private @Nullable Entry after;

    /** The next entry of the same subscription. */
    private @Nullable Entry newer;

    private Entry(Message message, @Nullable SharedFrame broadcast, @Nullable Subscription to) {
      this.message = message;
      this.broadcast = broadcast;
      this.to = to;
    }

    int bytes() {
      return message.size() + OVERHEAD;
    }

    /** The bytes that an entry takes of the budget. */
    private int held() {
      return to == null ? bytes() : OVERHEAD;
    }

    public void release() {
      if (broadcast != null) {
        broadcast.release();
      }
    }

    private boolean mayBeDropped() {
      return to != null && to.policy != SlowConsumer.CLOSE;
    }
  }
}
