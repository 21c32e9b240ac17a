package io.lhttp.channel;

import io.lhttp.message.Message;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;

/**
 * The newest entries of one channel's history, within the bounds of a retention. Finding a place
 * among n entries takes log n steps. The owner of a window guards it with its lock.
 */
public final class Window {
  /** The estimated memory of an entry in bytes, beyond the message's own bytes. */
  private static final int OVERHEAD = 256;

  /**
   * The number of forgotten entries below which the window does not yet remove their places from
   * the list.
   */
  private static final int FEW = 16;

  /** Replaces a forgotten entry, so that its message can be collected. */
  private static final Kept GONE = new Kept(0, new History.Entry(0, Message.of("gone", "")), 0);

  private final Retention retention;
  private final LongSupplier nanoTime;

  /** All entries. Those from {@link #first} on are remembered, oldest first. */
  private final List<Kept> entries;

  /**
   * The index of the oldest remembered entry; the window removes the places before it now and then.
   */
  private int first;

  private int bytes;

  /** The window has all entries after this place. */
  private long floor;

  /**
   * An entry with its place.
   *
   * @param place grows from entry to entry
   * @param time when the entry was added, by the window's clock
   */
  public record Kept(long place, History.Entry entry, long time) {
    int bytes() {
      return bytesOf(entry.message());
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

  /** The estimated memory of a message in a history, in bytes. */
  public static int bytesOf(Message message) {
    return message.size() + OVERHEAD;
  }

  /** The place after which the window has all entries. */
  public long floor() {
    return floor;
  }

  /** The estimated size of the remembered entries in bytes. */
  public int bytes() {
    return bytes;
  }

  /** Forgets all entries. The next entry follows this place without a gap. */
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

  /**
   * Adds entries that are older than all remembered ones.
   *
   * @param floor the place after which {@code older} has all entries
   */
  public void prepend(List<Kept> older, long floor) {
    var newer = List.copyOf(entries.subList(first, entries.size()));
    begin(floor);
    older.forEach(this::add);
    newer.forEach(this::add);
  }

  /** Returns at most {@code max} entries after a place, oldest first. */
  public List<History.Entry> after(long place, int max) {
    var from = indexBehind(place);
    var count = Math.min(max, entries.size() - from);
    var page = new ArrayList<History.Entry>(count);
    for (var i = from; i < from + count; i++) {
      page.add(entries.get(i).entry());
    }
    return page;
  }

  /**
   * Returns the place after which the newest {@code count} entries follow; for 0, the place before
   * the oldest entry.
   */
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
