package io.lhttp.channel;

import io.lhttp.ClientKey;
import io.lhttp.Connection;
import io.lhttp.RefusedException;
import io.lhttp.message.Message;
import java.util.LinkedHashMap;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * One channel's history in memory, owned by {@link Histories}. A publisher's thread holds the lock
 * of this object while it appends and delivers a message.
 */
final class ChannelLog implements History {
  private final String channel;
  private final String epoch;
  private final LongSupplier nanoTime;
  private final AtomicLong total;

  // Guarded by this object's lock.
  private final Window window;

  /** The offsets of publications by their ids, oldest first. */
  private final LinkedHashMap<String, Long> ids = new LinkedHashMap<>();

  /** The part of the window's bytes that {@link #total} includes. */
  private int counted;

  private long head;
  private long used;
  private boolean over;

  /** The site of the first publisher; null before, and if that was the server's own code. */
  private @Nullable ClientKey owner;

  /**
   * @param floor the first entry's offset is one more
   * @param total the number of bytes of all histories that are in use
   */
  ChannelLog(
      String channel,
      String epoch,
      long floor,
      Retention retention,
      LongSupplier nanoTime,
      AtomicLong total) {
    this.channel = channel;
    this.epoch = epoch;
    this.head = floor;
    this.window = new Window(retention, nanoTime);
    window.begin(floor);
    this.nanoTime = nanoTime;
    this.total = total;
    this.used = nanoTime.getAsLong();
  }

  /**
   * Appends a publication; returns null if a publication with the same id was appended before.
   *
   * @param by the publisher, see {@link Broker#publish}
   * @throws RefusedException 400 for a malformed message-id
   */
  synchronized @Nullable Entry append(Message published, @Nullable Connection by) {
    var id = MessageId.key(by, published);
    used = nanoTime.getAsLong();
    forget();
    if (ids.containsKey(id)) {
      return null;
    }
    if (owner == null && by != null) {
      owner = ClientKey.of(by).site();
    }
    head++;
    if (!id.isEmpty()) {
      ids.put(id, head);
    }
    var message = Publications.delivery(published, channel, new Position(epoch, head));
    var entry = new Entry(head, message);
    window.add(new Window.Kept(head, entry, used));
    settle();
    return entry;
  }

  /** Returns the offset of a publication whose id was appended before. */
  synchronized long offsetOf(Message published, @Nullable Connection by) {
    return Objects.requireNonNull(ids.get(MessageId.key(by, published)));
  }

  /** Appends a publication of the server's own code. */
  @Nullable Entry append(Message published) {
    return append(published, null);
  }

  @Override
  public String epoch() {
    return epoch;
  }

  @Override
  public synchronized long head() {
    return head;
  }

  @Override
  public synchronized boolean holds(long offset) {
    forget();
    return offset >= window.floor() && offset <= head;
  }

  @Override
  public synchronized long before(int count) {
    forget();
    return window.before(count);
  }

  @Override
  public synchronized Page after(long offset, int max) {
    used = nanoTime.getAsLong();
    forget();
    var from = Math.max(offset, window.floor());
    return new Page(from, from - offset, window.after(from, max));
  }

  synchronized int bytes() {
    return window.bytes();
  }

  /** The time of the last write or read, in nanoseconds. */
  synchronized long used() {
    return used;
  }

  /** The client for which this history counts; null for none. */
  synchronized @Nullable ClientKey owner() {
    return owner;
  }

  /**
   * Whether this history has ended, because the bounds of all histories were exceeded. A later
   * publication goes to a new history.
   */
  synchronized boolean over() {
    return over;
  }

  /**
   * Ends the history: its bytes no longer count in the total, and threads that read it may finish.
   * The caller holds this object's lock.
   */
  void end() {
    over = true;
    total.addAndGet(-counted);
  }

  /** The caller holds this object's lock. */
  private void forget() {
    window.forget();
    settle();
  }

  /**
   * Removes the ids of forgotten entries, and adds the window's growth to the total. The caller
   * holds this object's lock.
   */
  private void settle() {
    while (!ids.isEmpty() && ids.firstEntry().getValue() <= window.floor()) {
      ids.pollFirstEntry();
    }
    var grown = window.bytes() - counted;
    counted += grown;
    if (!over) {
      total.addAndGet(grown);
    }
  }
}
