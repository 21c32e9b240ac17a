package io.lhttp.server.internal.fanout;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The bag keeps elements that are added and removed in any order. */
class IndexedBagTest {
  private final IndexedBag<Ball> bag = new IndexedBag<>();

  @Test
  void addAndRemove_atRandom_keepContents() {
    var random = new Random(20260101);
    var in = new ArrayList<Ball>();
    for (var i = 0; i < 10_000; i++) {
      if (!in.isEmpty() && random.nextInt(5) < 2) {
        var ball = in.remove(random.nextInt(in.size()));
        bag.remove(ball);
      } else {
        var ball = new Ball();
        in.add(ball);
        bag.add(ball);
      }
      assertThat(bag.size()).isEqualTo(in.size());
    }
    assertThat(contents()).isEqualTo(new HashSet<>(in));
  }

  @Test
  void remove_onlyElement_emptiesBag() {
    var ball = new Ball();
    bag.add(ball);
    bag.remove(ball);

    assertThat(bag.size()).isZero();
    bag.add(ball);
    assertThat(contents()).isEqualTo(Set.of(ball));
  }

  @Test
  void remove_whileVisitingFromEnd_visitsAll() {
    var balls = List.of(new Ball(), new Ball(), new Ball());
    balls.forEach(bag::add);
    var visited = new HashSet<Ball>();

    for (var i = bag.size() - 1; i >= 0; i--) {
      var ball = bag.get(i);
      visited.add(ball);
      bag.remove(ball);
    }

    assertThat(visited).containsExactlyInAnyOrderElementsOf(balls);
    assertThat(bag.size()).isZero();
  }

  private Set<Ball> contents() {
    var contents = new HashSet<Ball>();
    for (var i = 0; i < bag.size(); i++) {
      contents.add(bag.get(i));
    }
    return contents;
  }

  private static final class Ball implements IndexedBag.Member {
    private int place;

    @Override
    public int place() {
      return place;
    }

    @Override
    public void place(int place) {
      this.place = place;
    }
  }
}
