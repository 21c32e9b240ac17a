package io.lhttp.server;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Members in no order; adding and removing cost the same however many there are. */
final class Bag<T extends Bag.Member> {
  /** Knows its place, so that it need not be searched; is in one bag at a time. */
  interface Member {
    int place();

    void place(int place);
  }

  private static final int FEW = 4;

  private @Nullable Member[] members = {};
  private int size;

  int size() {
    return size;
  }

  @SuppressWarnings({"unchecked", "NullAway"}) // only add() writes, and below size none is null
  T get(int i) {
    return (T) members[i];
  }

  void add(T member) {
    if (size == members.length) {
      members = Arrays.copyOf(members, Math.max(FEW, size + (size >> 1)));
    }
    member.place(size);
    members[size++] = member;
  }

  /** The member has to be in this bag. The last one takes its place. */
  void remove(T member) {
    var last = get(--size);
    members[member.place()] = last;
    last.place(member.place());
    members[size] = null;
  }
}
