package io.lhttp.server.internal.fanout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lhttp.channel.SlowConsumer;
import io.lhttp.message.Message;
import io.lhttp.server.internal.limit.Budget;
import io.netty.util.IllegalReferenceCountException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Predicate;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The send queue keeps order, drops by policy and counts its bytes. */
class SendQueueTest {
  private static final long SEED = 20260101;

  private final Budget budget = new Budget(1 << 30);
  private final SendQueue queue = new SendQueue(budget);
  private final Subscription important = subscription(SlowConsumer.CLOSE);
  private final Subscription first = subscription(SlowConsumer.DROP_OLDEST);
  private final Subscription second = subscription(SlowConsumer.DROP_OLDEST);

  @Test
  void poll_returnsEntriesInOrder() {
    queue.add(Message.of("m", "1"));
    add(first, "2");
    queue.add(Message.of("m", "3"));

    assertThat(queue.isEmpty()).isFalse();
    assertThat(bodies()).containsExactly("1", "2", "3");
    assertThat(queue.isEmpty()).isTrue();
    assertThat(queue.bytes()).isZero();
    assertThat(queue.replyBytes()).isZero();
  }

  @Test
  void dropOldest_ofSubscription_makesRoom() {
    add(first, "1");
    add(second, "2");
    add(first, "3");
    add(first, "4");

    assertThat(queue.dropOldest(first, weight("1") + 1)).isEqualTo(2);

    assertThat(first.missed).isEqualTo(2);
    assertThat(second.missed).isZero();
    assertThat(bodies()).containsExactly("2", "4");
  }

  @Test
  void drop_notEnoughRoom_dropsNothing() {
    add(first, "1");
    add(second, "2");

    assertThat(queue.dropOldest(first, weight("1") + 1)).isZero();
    assertThat(queue.dropAny(2 * weight("1") + 1)).isZero();

    assertThat(first.missed).isZero();
    assertThat(bodies()).containsExactly("1", "2");
  }

  @Test
  void dropAny_dropsOldestDroppableEntries() {
    queue.add(Message.of("m", "1"));
    add(important, "2");
    add(second, "3");
    add(first, "4");
    add(second, "5");

    assertThat(queue.dropAny(weight("3") + 1)).isEqualTo(2);

    assertThat(first.missed).isEqualTo(1);
    assertThat(second.missed).isEqualTo(1);
    assertThat(bodies()).containsExactly("1", "2", "5");
  }

  @Test
  void dropAll_dropsOnlyThatSubscription() {
    add(first, "1");
    add(second, "2");
    add(first, "3");

    assertThat(queue.dropAll(first)).isEqualTo(2);
    assertThat(queue.dropAll(first)).isZero();

    assertThat(first.missed).isEqualTo(2);
    assertThat(bodies()).containsExactly("2");
  }

  @Test
  void dropAllAndClear_releaseFrames() {
    var dropped = broadcast("1");
    var cleared = broadcast("2");
    queue.add(first, dropped);
    queue.add(important, cleared);
    dropped.release();
    cleared.release();

    queue.dropAll(first);
    assertThatThrownBy(dropped::retain).isInstanceOf(IllegalReferenceCountException.class);

    queue.clear();
    assertThatThrownBy(cleared::retain).isInstanceOf(IllegalReferenceCountException.class);
    assertThat(queue.bytes()).isZero();
  }

  @Test
  void randomOperations_agreeWithPlainList() {
    var random = new Random(SEED);
    var subscriptions = List.of(important, first, second);
    var model = new ArrayList<Item>();
    for (var step = 0; step < 20_000; step++) {
      var body = "x".repeat(random.nextInt(50));
      switch (random.nextInt(7)) {
        case 0, 1 -> {
          var to = subscriptions.get(random.nextInt(3));
          add(to, body);
          model.add(new Item(to, body));
        }
        case 2 -> {
          queue.add(Message.of("m", body));
          model.add(new Item(null, body));
        }
        case 3, 4 -> {
          var entry = queue.poll();
          assertThat(entry == null).isEqualTo(model.isEmpty());
          if (entry != null) {
            assertThat(entry.message.body()).isEqualTo(model.removeFirst().body);
            entry.release();
          }
        }
        case 5 -> {
          var of = random.nextBoolean() ? first : second;
          var room = 1 + random.nextInt(500);
          assertThat(queue.dropOldest(of, room))
              .isEqualTo(drop(model, room, item -> item.to == of));
        }
        default -> {
          var room = 1 + random.nextInt(500);
          assertThat(queue.dropAny(room)).isEqualTo(drop(model, room, Item::mayBeDropped));
        }
      }
      assertThat(queue.bytes()).isEqualTo(sum(model, Item::weight));
      assertThat(queue.replyBytes())
          .isEqualTo(sum(model, item -> item.to == null ? item.weight() : 0));
    }
    assertThat(bodies()).isEqualTo(model.stream().map(Item::body).toList());
  }

  private record Item(@Nullable Subscription to, String body) {
    int weight() {
      return SendQueueTest.weight(body);
    }

    boolean mayBeDropped() {
      return to != null && to.policy != SlowConsumer.CLOSE;
    }
  }

  /** Drops from the model as the queue's contract says. Returns the number of dropped items. */
  private static int drop(List<Item> model, int room, Predicate<Item> mayBeDropped) {
    if (sum(model.stream().filter(mayBeDropped).toList(), Item::weight) < room) {
      return 0;
    }
    var freed = 0;
    var dropped = 0;
    for (var items = model.iterator(); freed < room; ) {
      var item = items.next();
      if (mayBeDropped.test(item)) {
        items.remove();
        freed += item.weight();
        dropped++;
      }
    }
    return dropped;
  }

  private static int sum(List<Item> items, ToIntFunction<Item> of) {
    return items.stream().mapToInt(of).sum();
  }

  private List<String> bodies() {
    var bodies = new ArrayList<String>();
    for (var entry = queue.poll(); entry != null; entry = queue.poll()) {
      bodies.add(entry.message.body());
      entry.release();
    }
    return bodies;
  }

  private static int weight(String body) {
    return Message.of("m", body).size() + SendQueue.OVERHEAD;
  }

  private void add(Subscription to, String body) {
    var broadcast = broadcast(body);
    queue.add(to, broadcast);
    broadcast.release();
  }

  private static SharedFrame broadcast(String body) {
    return new SharedFrame(Message.of("m", body), 1, 0, new Budget(1 << 30));
  }

  // the queue reads neither the connection nor the channel of a subscription
  @SuppressWarnings("NullAway")
  private static Subscription subscription(SlowConsumer policy) {
    return new Subscription(null, null, policy);
  }
}
