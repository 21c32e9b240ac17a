package io.lhttp.server.internal.fanout;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * An unordered collection in which adding and removing take constant time. A single member needs no
 * array, because most channels have one.
 *
 * <p>The owner confines the bag to an event loop.
 */
public class IndexedBag<T extends IndexedBag.Member> {
  /**
   * A member of a bag. It stores its index, so that removal needs no search; hence it is in one bag
   * at a time.
   */
  public interface Member {
    int place();

    void place(int place);
  }

  private static final int FEW = 4;
  private static final Member[] NONE = {};

  private @Nullable Member first;

  /** All members but the first. */
  private @Nullable Member[] others = NONE;

  private int size;

  public final int size() {
    return size;
  }

  // only put() writes, and no element below the size is null
  @SuppressWarnings({"unchecked", "NullAway"})
  public final T get(int i) {
    return (T) (i == 0 ? first : others[i - 1]);
  }

  public final void add(T member) {
    if (size > others.length) {
      others = Arrays.copyOf(others, Math.max(FEW, size + (size >> 1)));
    }
    put(size++, member);
  }

  /** Removes a member of this bag. The last member takes its index. */
  public final void remove(T member) {
    var last = get(size - 1);
    put(member.place(), last);
    clear(--size);
  }

  private void put(int place, T member) {
    member.place(place);
    if (place == 0) {
      first = member;
    } else {
      others[place - 1] = member;
    }
  }

  private void clear(int place) {
    if (place == 0) {
      first = null;
    } else {
      others[place - 1] = null;
    }
  }
}
