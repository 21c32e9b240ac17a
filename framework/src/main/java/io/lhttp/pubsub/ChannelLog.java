package io.lhttp.pubsub;

import io.lhttp.RefusedException;
import io.lhttp.message.Message;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** One channel's history in memory; whoever enters a message and delivers it holds its lock. */
final class ChannelLog implements History {
  /** What an entry costs beside its bytes, roughly. */
  private static final int OVERHEAD = 256;

  private final String channel;
  private final String epoch;
  private final Retention retention;
  private final LongSupplier nanoTime;
  private final AtomicLong total;

  // Guarded by this.
  private final ArrayDeque<Kept> entries = new ArrayDeque<>();
  private final Set<String> ids = new HashSet<>();
  private int bytes;
  private long head;
  private long used;

  /** The newest offset that is forgotten. */
  private long floor;

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
    this.floor = floor;
    this.head = floor;
    this.retention = retention;
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
    if (!id.isEmpty() && !ids.add(id)) {
      return null;
    }
    head++;
    var message =
        published.toBuilder()
            .without("channel", "position", "missed")
            .header("channel", channel)
            .header("position", epoch + "-" + head)
            .build();
    var entry = new Entry(head, message);
    entries.add(new Kept(entry, used, id));
    grow(message.size() + OVERHEAD);
    forget();
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
    return offset >= floor && offset <= head;
  }

  @Override
  public synchronized long before(int count) {
    forget();
    return count == 0 ? floor : Math.max(floor, head - count);
  }

  @Override
  public synchronized Page after(long offset, int max) {
    used = nanoTime.getAsLong();
    forget();
    var page = new ArrayList<Entry>();
    var from = Math.max(offset, floor);
    if (from < head) {
      for (var kept : entries) {
        if (kept.entry.offset() > from) {
          page.add(kept.entry);
          if (page.size() == max) {
            break;
          }
        }
      }
    }
    return new Page(from, from - offset, page);
  }

  synchronized int bytes() {
    return bytes;
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
    total.addAndGet(-bytes);
  }

  /** Guarded by this. */
  private void grow(int by) {
    bytes += by;
    if (!over) {
      total.addAndGet(by);
    }
  }

  /** Guarded by this. */
  private void forget() {
    var now = nanoTime.getAsLong();
    for (var oldest = entries.peek(); oldest != null; oldest = entries.peek()) {
      if (entries.size() <= retention.messages()
          && bytes <= retention.bytes()
          && now - oldest.time <= retention.time().toNanos()) {
        return;
      }
      entries.remove();
      ids.remove(oldest.id);
      grow(-oldest.entry.message().size() - OVERHEAD);
      floor = oldest.entry.offset();
    }
  }

  private record Kept(Entry entry, long time, String id) {}
}
