package io.lhttp.filters.pubsub;

import io.lhttp.pubsub.History;
import io.lhttp.pubsub.Retention;
import java.util.ArrayList;
import java.util.List;

/**
 * The newest messages of a channel, within the bounds of a retention. Guarded by the {@link Mirror}
 * whose it is.
 */
final class Window {
  /** What an entry costs beside its bytes, roughly. */
  private static final int OVERHEAD = 256;

  private final Retention retention;

  /** Oldest first, from {@link #first} on. */
  private final ArrayList<Kept> entries = new ArrayList<>();

  /** What is before it is forgotten, and removed now and then. */
  private int first;

  private int bytes;

  /** Everything behind this sequence is here. */
  private long floor;

  /** A message, and when it was stored, by {@code System.nanoTime}. */
  record Kept(long sequence, History.Entry entry, long time) {
    int bytes() {
      return entry.message().size() + OVERHEAD;
    }
  }

  Window(Retention retention) {
    this.retention = retention;
  }

  long floor() {
    return floor;
  }

  int bytes() {
    return bytes;
  }

  /** Forgets everything; what is added next comes behind this sequence, all of it. */
  void begin(long floor) {
    entries.clear();
    first = 0;
    bytes = 0;
    this.floor = floor;
  }

  /** The newest so far. */
  void add(Kept kept) {
    entries.add(kept);
    bytes += kept.bytes();
    forget();
  }

  /** Puts what is older than all that is here before it. */
  void prepend(List<Kept> older, long floor) {
    var newer = List.copyOf(entries.subList(first, entries.size()));
    begin(floor);
    older.forEach(this::add);
    newer.forEach(this::add);
  }

  /** What comes behind a sequence, oldest first. */
  List<History.Entry> after(long sequence, int max) {
    var page = new ArrayList<History.Entry>();
    for (var i = indexBehind(sequence); i < entries.size() && page.size() < max; i++) {
      page.add(entries.get(i).entry());
    }
    return page;
  }

  /** Behind which sequence the newest so many begin; 0 for all. */
  long before(int count) {
    var size = entries.size() - first;
    return count == 0 || size <= count ? floor : entries.get(first + size - count - 1).sequence();
  }

  /** Forgets what is over the retention's bounds by now. */
  void forget() {
    var now = System.nanoTime();
    while (first < entries.size()) {
      var oldest = entries.get(first);
      if (entries.size() - first <= retention.messages()
          && bytes <= retention.bytes()
          && now - oldest.time() <= retention.time().toNanos()) {
        break;
      }
      first++;
      bytes -= oldest.bytes();
      floor = oldest.sequence();
    }
    if (first > 16 && first > entries.size() / 2) {
      entries.subList(0, first).clear();
      first = 0;
    }
  }

  private int indexBehind(long sequence) {
    var low = first;
    var high = entries.size();
    while (low < high) {
      var middle = (low + high) >>> 1;
      if (entries.get(middle).sequence() <= sequence) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }
}
