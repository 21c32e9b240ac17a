package io.lhttp.filters.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.testing.Eventually;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;

/** A queue of events continues after a delivery that throws. */
class EventQueueTest {
  @Test
  void delivery_thatThrows_doesNotBlockNext() {
    var delivered = new CopyOnWriteArrayList<Long>();
    var queue = new EventQueue();
    queue.add(sequence ->
        () -> {
          throw new StackOverflowError();
        });
    queue.add(sequence -> () -> delivered.add(sequence));
    Eventually.holds("the next one is delivered", () -> !delivered.isEmpty());
    queue.add(sequence -> () -> delivered.add(sequence));

    Eventually.holds("and what comes later", () -> delivered.size() == 2);
    assertThat(delivered).isEqualTo(List.of(2L, 3L));
  }
}
