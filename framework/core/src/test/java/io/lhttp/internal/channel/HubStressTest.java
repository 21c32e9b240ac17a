package io.lhttp.internal.channel;

import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.message.Message;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Test;

/** The hub stays exact while many threads join and leave few channels. */
class HubStressTest {
  private static final int THREADS = 8;
  private static final int CHANNELS = 3;
  private static final int ROUNDS = 3_000;
  private static final long SEED = 20260101;

  @Test
  void concurrentJoinAndLeave_keepsBrokerSubscriptionsExact() throws Exception {
    var broker = new FakeBroker();
    var endpoints = List.of(new Counter(0), new Counter(1));
    var hub =
        new Hub<Message, LocalSubscribers>(
            broker, endpoints, (message, holders, offset) -> message);
    var runs = new ArrayList<Future<?>>();
    try (var threads = Executors.newFixedThreadPool(THREADS)) {
      for (var t = 0; t < THREADS; t++) {
        var endpoint = t % endpoints.size();
        var random = new Random(SEED + t);
        runs.add(threads.submit(() -> comeAndGo(hub, endpoint, random)));
      }
    }
    for (var run : runs) {
      run.get();
    }

    assertThat(broker.wrong()).isEmpty();
    assertThat(broker.subscribed()).isEmpty();
    assertThat(hub.channels()).isZero();
  }

  @Test
  void subscriber_whileOthersComeAndGo_getsEveryPublication() throws Exception {
    var broker = new FakeBroker();
    var endpoints = List.of(new Counter(0), new Counter(1));
    var hub =
        new Hub<Message, LocalSubscribers>(
            broker, endpoints, (message, holders, offset) -> message);
    hub.join("0", 0, null);
    var published = 0;
    try (var threads = Executors.newFixedThreadPool(THREADS)) {
      var runs = new ArrayList<Future<?>>();
      for (var t = 0; t < THREADS; t++) {
        var endpoint = t % endpoints.size();
        var random = new Random(SEED + t);
        runs.add(threads.submit(() -> comeAndGo(hub, endpoint, random)));
      }
      while (runs.stream().anyMatch(run -> !run.isDone())) {
        hub.publish("0", Message.of("chat", ""));
        published++;
      }
      for (var run : runs) {
        run.get();
      }
    }

    assertThat(endpoints.getFirst().delivered.get(0)).isEqualTo(published);
    assertThat(broker.wrong()).isEmpty();
  }

  /** Joins and leaves channels at random, and at the end leaves all that it has joined. */
  private static void comeAndGo(Hub<Message, LocalSubscribers> hub, int endpoint, Random random) {
    var joined = new int[CHANNELS];
    for (var round = 0; round < ROUNDS; round++) {
      var channel = random.nextInt(CHANNELS);
      if (joined[channel] > 0 && random.nextBoolean()) {
        joined[channel]--;
        hub.leave(Integer.toString(channel), endpoint);
      } else if (joined[channel] < 2) {
        joined[channel]++;
        hub.join(Integer.toString(channel), endpoint, null);
      }
    }
    for (var channel = 0; channel < CHANNELS; channel++) {
      for (; joined[channel] > 0; joined[channel]--) {
        hub.leave(Integer.toString(channel), endpoint);
      }
    }
  }

  private static final class Counter implements Hub.Endpoint<LocalSubscribers> {
    final AtomicIntegerArray delivered = new AtomicIntegerArray(CHANNELS);
    private final int index;

    Counter(int index) {
      this.index = index;
    }

    @Override
    public LocalSubscribers receiver(String channel) {
      return new LocalSubscribers(this, Integer.parseInt(channel));
    }
  }

  private record LocalSubscribers(Counter behind, int channel)
      implements Hub.LocalSubscribers<Message> {
    @Override
    public int endpoint() {
      return behind.index;
    }

    @Override
    public void deliver(Message delivery) {
      behind.delivered.incrementAndGet(channel);
    }

    @Override
    public void missed(long count) {}

    @Override
    public boolean congested() {
      return false;
    }
  }
}
