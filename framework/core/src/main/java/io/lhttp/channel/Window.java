package io.lhttp.channel;

import io.lhttp.message.Message;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;

/**
 * The newest entries of one channel's history, within the bounds of a retention. Finds a place
 * among n entries with log n looks. Not safe for threads: whose it is guards it.
 */
public final class Window {
  /** The cost of an entry beside its bytes, roughly. */
  private static final int OVERHEAD = 256;

  /** As few that it is not worth removing them. */
  private static final int FEW = 16;

  /** Stands where an entry was that is forgotten, so that its message is not held. */
  private static final Kept GONE = new Kept(0, new History.Entry(0, Message.of("gone", "")), 0);

  private final Retention retention;
  private final LongSupplier nanoTime;

  /** Oldest first, from {@link #first} on. */
  private final List<Kept> entries;

  /** Entries before this one are forgotten, and removed now and then. */
  private int first;

  private int bytes;

  /** Everything behind this place is here. */
  private long floor;

  /**
   * An entry.
   *
   * @param place grows from entry to entry
   * @param time when it was entered, by the window's clock
   */
  public record Kept(long place, History.Entry entry, long time) {
    int bytes() {
      return entry.message().size() + OVERHEAD;
    }
  }

  /**
   * @param nanoTime the clock, as {@link System#nanoTime}
   */
  public Window(Retention retention, LongSupplier nanoTime) {
    this(retention, nanoTime, new ArrayList<>());
  }

  Window(Retention retention, LongSupplier nanoTime, List<Kept> entries) {
    this.retention = retention;
    this.nanoTime = nanoTime;
    this.entries = entries;
  }

  /** Everything that ever came behind this place is here. */
  public long floor() {
    return floor;
  }

  /** The size of the entries, roughly. */
  public int bytes() {
    return bytes;
  }

  /** Forgets everything; what is added next comes behind this place, all of it. */
  public void begin(long floor) {
    entries.clear();
    first = 0;
    bytes = 0;
    this.floor = floor;
  }

  /** Adds the newest so far, and forgets what there is no room for. */
  public void add(Kept kept) {
    entries.add(kept);
    bytes += kept.bytes();
    forget();
  }

  /** Puts what is older than all that is here before it. */
  public void prepend(List<Kept> older, long floor) {
    var newer = List.copyOf(entries.subList(first, entries.size()));
    begin(floor);
    older.forEach(this::add);
    newer.forEach(this::add);
  }

  /** The entries behind a place, oldest first. */
  public List<History.Entry> after(long place, int max) {
    var from = indexBehind(place);
    var count = Math.min(max, entries.size() - from);
    var page = new ArrayList<History.Entry>(count);
    for (var i = from; i < from + count; i++) {
      page.add(entries.get(i).entry());
    }
    return page;
  }

  /** Behind which place the newest so many begin; 0 for all. */
  public long before(int count) {
    var size = entries.size() - first;
    return count == 0 || size <= count ? floor : entries.get(first + size - count - 1).place();
  }

  /** Forgets what is over the retention's bounds by now. */
  public void forget() {
    var now = nanoTime.getAsLong();
    while (first < entries.size()) {
      var oldest = entries.get(first);
      if (entries.size() - first <= retention.messages()
          && bytes <= retention.bytes()
          && now - oldest.time() <= retention.time().toNanos()) {
        break;
      }
      entries.set(first, GONE);
      first++;
      bytes -= oldest.bytes();
      floor = oldest.place();
    }
    if (first > FEW && first > entries.size() / 2) {
      entries.subList(0, first).clear();
      first = 0;
    }
  }

  private int indexBehind(long place) {
    var low = first;
    var high = entries.size();
    while (low < high) {
      var middle = (low + high) >>> 1;
      if (entries.get(middle).place() <= place) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }
}
