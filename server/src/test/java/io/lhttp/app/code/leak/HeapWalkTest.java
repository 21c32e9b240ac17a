package io.lhttp.app.code.leak;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** A search of objects is bounded, and runs no code of the objects. */
class HeapWalkTest {
  private static final class Hostile {
    @SuppressWarnings("unused") // the search reads it
    final Object next;

    Hostile(Object next) {
      this.next = next;
    }

    @Override
    public boolean equals(@Nullable Object other) {
      throw new IllegalStateException("equals");
    }

    @Override
    public int hashCode() {
      throw new IllegalStateException("hashCode");
    }

    @Override
    public String toString() {
      throw new IllegalStateException("toString");
    }
  }

  @Test
  void objectBehindMethodsThatThrow_isFound() {
    var wanted = new Object();
    var walk = HeapWalk.forObjects(Set.of(wanted));

    walk.from(List.of(root(new Object[] {new Hostile(new Hostile(wanted))})), 100, 100);

    assertThat(walk.foundObjects()).containsOnlyKeys(wanted);
  }

  @Test
  void arrayLongerThanBound_isReadToBoundOnly() {
    var array = new Object[1_000];
    for (var i = 0; i < array.length; i++) {
      array[i] = new Object();
    }
    var walk = HeapWalk.forObjects(Set.of(new Object()));

    walk.from(List.of(root(array)), 100, 100);

    assertThat(walk.mostSeen()).isLessThanOrEqualTo(100);
  }

  @Test
  void objectBeforeBoundOfLongArray_isFound() {
    var wanted = new Object();
    var array = new Object[1_000];
    for (var i = 0; i < array.length; i++) {
      array[i] = i == 50 ? wanted : new Object();
    }
    var walk = HeapWalk.forObjects(Set.of(wanted));

    walk.from(List.of(root(array)), 100, 100);

    assertThat(walk.foundObjects()).containsOnlyKeys(wanted);
  }

  private static Root root(Object value) {
    return new Root(HolderKind.SERVER, "root", value);
  }
}
