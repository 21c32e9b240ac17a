package io.lhttp.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The callback queue runs callbacks in order, and stops reading while too many wait. */
class CallbackQueueTest {
  private final ArrayDeque<Runnable> handedOver = new ArrayDeque<>();
  private final List<String> ran = new ArrayList<>();
  private final CallbackQueue callbacks = new CallbackQueue(handedOver::add, () -> ran.add("room"));

  @Test
  void callbacks_runInOrderInOneTask() {
    for (var name : List.of("a", "b", "c")) {
      callbacks.add(() -> ran.add(name));
    }
    assertThat(ran).isEmpty();
    assertThat(handedOver).as("one at a time is one task at a time").hasSize(1);

    handedOver.remove().run();

    assertThat(ran).containsExactly("a", "b", "c");
    callbacks.add(() -> ran.add("d"));
    handedOver.remove().run();
    assertThat(ran).endsWith("d");
  }

  @Test
  void callbackAddedByACallback_waitsForItsTurn() {
    callbacks.add(() -> {
      callbacks.add(() -> ran.add("inner"));
      ran.add("outer");
    });

    handedOver.remove().run();

    assertThat(handedOver).isEmpty();
    assertThat(ran).containsExactly("outer", "inner");
  }

  @Test
  void manyMessages_leaveNoRoom_untilHalfAreDone() {
    IntStream.range(1, CallbackQueue.MAX_MESSAGES).forEach(unused -> callbacks.add(() -> {}, 1));
    assertThat(callbacks.hasRoom()).isTrue();

    callbacks.add(() -> ran.add("last"), 1);
    assertThat(callbacks.hasRoom()).isFalse();
    handedOver.remove().run();

    assertThat(callbacks.hasRoom()).isTrue();
    assertThat(ran).containsExactly("room", "last");
  }

  @Test
  void manyBytes_leaveNoRoom() {
    callbacks.add(() -> {}, CallbackQueue.MAX_BYTES - 1);
    assertThat(callbacks.hasRoom()).isTrue();

    callbacks.add(() -> {}, 1);

    assertThat(callbacks.hasRoom()).isFalse();
  }

  @Test
  void events_needNoRoom() {
    IntStream.range(0, 2 * CallbackQueue.MAX_MESSAGES).forEach(unused -> callbacks.add(() -> {}));

    assertThat(callbacks.hasRoom()).isTrue();
  }
}
