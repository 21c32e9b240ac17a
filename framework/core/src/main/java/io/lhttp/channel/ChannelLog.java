package io.lhttp.channel;

import io.lhttp.RefusedException;
import io.lhttp.message.Message;
import java.util.LinkedHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** One channel's history in memory; whoever enters a message and delivers it holds its lock. */
final class ChannelLog implements History {
  private final String channel;
  private final String epoch;
  private final LongSupplier nanoTime;
  private final AtomicLong total;

  // Guarded by this.
  private final Window window;

  /** The offsets of publications by their ids, oldest first. */
  private final LinkedHashMap<String, Long> ids = new LinkedHashMap<>();

  /** The window's bytes, as {@link #total} has them. */
  private int counted;

  private long head;
  private long used;
  private boolean over;

  /**
   * @param floor offsets begin behind it
   * @param total the bytes of all histories that are not over
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
   * Enters a publication; null where it was entered before.
   *
   * @param scope who publishes, see {@link MessageId}
   * @throws RefusedException 400 for a malformed message-id
   */
  synchronized @Nullable Entry append(Message published, String scope) {
    var id = MessageId.key(scope, published);
    used = nanoTime.getAsLong();
    forget();
    if (ids.containsKey(id)) {
      return null;
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

  /** For the server's own code. */
  @Nullable Entry append(Message published) {
    return append(published, MessageId.SERVER);
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

  /** When it was last written or read, in nanoseconds. */
  synchronized long used() {
    return used;
  }

  /** Whether the channel has another history by now; what is entered here is found by nobody. */
  synchronized boolean over() {
    return over;
  }

  /** Guarded by this. Who reads here may go on; it counts no more. */
  void end() {
    over = true;
    total.addAndGet(-counted);
  }

  /** Guarded by this. */
  private void forget() {
    window.forget();
    settle();
  }

  /** Does for the rest what the window has forgotten or gained. Guarded by this. */
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
