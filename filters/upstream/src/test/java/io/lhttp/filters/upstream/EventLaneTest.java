package io.lhttp.filters.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.testing.Eventually;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;

class EventLaneTest {
  @Test
  void delivery_thatThrows_doesNotBlockNext() {
    var delivered = new CopyOnWriteArrayList<Long>();
    var lane = new EventLane();
    lane.add(sequence ->
        () -> {
          throw new StackOverflowError();
        });
    lane.add(sequence -> () -> delivered.add(sequence));
    Eventually.holds("the next one is delivered", () -> !delivered.isEmpty());
    lane.add(sequence -> () -> delivered.add(sequence));

    Eventually.holds("and what comes later", () -> delivered.size() == 2);
    assertThat(delivered).isEqualTo(List.of(2L, 3L));
  }
}
