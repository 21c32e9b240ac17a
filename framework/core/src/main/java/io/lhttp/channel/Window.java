package io.lhttp.channel;

import io.lhttp.message.Message;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;

/**
 * The newest entries of one channel's history, within the bounds of a retention. Finding a place
 * among n entries takes log n steps. Its owner guards it.
 */
public final class Window {
  /** The estimated cost of an entry beside its bytes. */
  private static final int OVERHEAD = 256;

  /** So few forgotten entries are not worth a removal. */
  private static final int FEW = 16;

  /** Replaces a forgotten entry, so that its message can be collected. */
  private static final Kept GONE = new Kept(0, new History.Entry(0, Message.of("gone", "")), 0);

  private final Retention retention;
  private final LongSupplier nanoTime;

  /** The entries from {@link #first} on, oldest first. */
  private final List<Kept> entries;

  /** Entries before this index are forgotten; the window removes them now and then. */
  private int first;

  private int bytes;

  /** All entries behind this place are here. */
  private long floor;

  /**
   * An entry with its place.
   *
   * @param place grows from entry to entry
   * @param time of entering, by the window's clock
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

  /** The place behind which all entries are here. */
  public long floor() {
    return floor;
  }

  /** The estimated size of the entries. */
  public int bytes() {
    return bytes;
  }

  /** Forgets all entries; the next entries follow this place without a gap. */
  public void begin(long floor) {
    entries.clear();
    first = 0;
    bytes = 0;
    this.floor = floor;
  }

  /** Adds the newest entry, and forgets entries beyond the bounds. */
  public void add(Kept kept) {
    entries.add(kept);
    bytes += kept.bytes();
    forget();
  }

  /** Adds entries that are older than all others. */
  public void prepend(List<Kept> older, long floor) {
    var newer = List.copyOf(entries.subList(first, entries.size()));
    begin(floor);
    older.forEach(this::add);
    newer.forEach(this::add);
  }

  /** Returns the entries behind a place, oldest first. */
  public List<History.Entry> after(long place, int max) {
    var from = indexBehind(place);
    var count = Math.min(max, entries.size() - from);
    var page = new ArrayList<History.Entry>(count);
    for (var i = from; i < from + count; i++) {
      page.add(entries.get(i).entry());
    }
    return page;
  }

  /** Returns the place behind which the newest {@code count} entries begin; 0 for all. */
  public long before(int count) {
    var size = entries.size() - first;
    return count == 0 || size <= count ? floor : entries.get(first + size - count - 1).place();
  }

  /** Forgets the entries that are beyond the bounds now. */
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
