package io.lhttp.filters.upstream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lhttp.ClientKey;
import io.lhttp.ClientKey.Network;
import io.lhttp.filters.upstream.ConcurrencyLimiter.Entry;
import io.lhttp.testing.Eventually;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Clients share the places and the queue of a limiter. */
class ConcurrencyLimiterTest {
  private static final ClientKey JACK = new ClientKey.User("jack");
  private static final ClientKey JILL = new ClientKey.User("jill");
  private static final ClientKey JOHN = new ClientKey.User("john");
  private static final ClientKey MARY = new ClientKey.User("mary");
  private static final long LONG = TimeUnit.MINUTES.toNanos(5);
  private static final long NONE = 0;

  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

  @AfterEach
  void end() {
    threads.shutdownNow();
  }

  /** Starts a request that waits, and returns once it does. */
  private Future<Entry> waiter(ConcurrencyLimiter limiter, ClientKey client) {
    var before = limiter.waiting();
    var request = threads.submit(() -> limiter.enter(client, LONG));
    Eventually.holds("it waits", () -> limiter.waiting() == before + 1);
    return request;
  }

  private static Entry get(Future<Entry> request) throws Exception {
    return request.get(60, TimeUnit.SECONDS);
  }

  private static void fill(ConcurrencyLimiter limiter, ClientKey client, int times)
      throws Exception {
    for (var i = 0; i < times; i++) {
      assertThat(limiter.enter(client, NONE)).isEqualTo(Entry.ENTERED);
    }
  }

  @Test
  void clientBeyondShare_isRefusedWhileOthersEnter() throws Exception {
    var limiter = new ConcurrencyLimiter(64, 0);
    fill(limiter, JACK, 32);
    assertThat(limiter.enter(JACK, NONE)).isEqualTo(Entry.CLIENT_LIMIT);
    assertThat(limiter.enter(JILL, NONE)).isEqualTo(Entry.ENTERED);
    assertThat(limiter.inside()).isEqualTo(33);
  }

  @Test
  void lastPlaceTaken_refusesAllAsFull() throws Exception {
    var limiter = new ConcurrencyLimiter(1, 0);
    fill(limiter, JACK, 1);
    assertThat(limiter.enter(JILL, NONE)).isEqualTo(Entry.FULL);
    assertThat(limiter.enter(JACK, NONE)).isEqualTo(Entry.FULL);
    limiter.leave(JACK);
    assertThat(limiter.enter(JILL, NONE)).isEqualTo(Entry.ENTERED);
  }

  @Test
  void waitBeyondTime_isRefused() throws Exception {
    var limiter = new ConcurrencyLimiter(2, 1);
    fill(limiter, JACK, 1);
    assertThat(limiter.enter(JACK, 1)).isEqualTo(Entry.CLIENT_LIMIT);
    fill(limiter, JILL, 1);
    assertThat(limiter.enter(JACK, 1)).isEqualTo(Entry.FULL);
    assertThat(limiter.waiting()).isZero();
  }

  @Test
  void freePlace_goesToClientWithFewestRequests() throws Exception {
    var limiter = new ConcurrencyLimiter(3, 10);
    fill(limiter, JACK, 2);
    fill(limiter, JOHN, 1);
    var jacks = waiter(limiter, JACK);
    var jills = waiter(limiter, JILL);
    limiter.leave(JACK);
    assertThat(get(jills)).isEqualTo(Entry.ENTERED);
    assertThat(jacks.isDone()).isFalse();
    limiter.leave(JOHN);
    assertThat(jacks.isDone()).as("one is free, and Jack holds one").isFalse();
    limiter.leave(JILL);
    assertThat(get(jacks)).isEqualTo(Entry.ENTERED);
  }

  @Test
  void clientsWithEquallyMany_takeTurns() throws Exception {
    var limiter = new ConcurrencyLimiter(1, 10);
    fill(limiter, JOHN, 1);
    var first = waiter(limiter, JACK);
    var second = waiter(limiter, JACK);
    var third = waiter(limiter, JILL);
    limiter.leave(JOHN);
    assertThat(get(first)).isEqualTo(Entry.ENTERED);
    limiter.leave(JACK);
    assertThat(get(third)).isEqualTo(Entry.ENTERED);
    assertThat(second.isDone()).isFalse();
    limiter.leave(JILL);
    assertThat(get(second)).isEqualTo(Entry.ENTERED);
  }

  @Test
  void fullQueue_dropsLatestOfClientWithMost() throws Exception {
    var limiter = new ConcurrencyLimiter(1, 3);
    fill(limiter, JOHN, 1);
    var jacks = new ArrayList<Future<Entry>>();
    for (var i = 0; i < 3; i++) {
      jacks.add(waiter(limiter, JACK));
    }
    assertThat(limiter.enter(JACK, LONG)).isEqualTo(Entry.FULL);

    var jills = threads.submit(() -> limiter.enter(JILL, LONG));
    assertThat(get(jacks.get(2))).isEqualTo(Entry.CLIENT_LIMIT);
    Eventually.holds("Jill waits", () -> limiter.waiting() == 3);
    var johns = threads.submit(() -> limiter.enter(JOHN, LONG));
    assertThat(get(jacks.get(1))).isEqualTo(Entry.CLIENT_LIMIT);
    Eventually.holds("John waits", () -> limiter.waiting() == 3);
    assertThat(limiter.enter(MARY, LONG)).as("each has one").isEqualTo(Entry.FULL);

    limiter.leave(JOHN);
    assertThat(get(jacks.get(0))).isEqualTo(Entry.ENTERED);
    limiter.leave(JACK);
    assertThat(get(jills)).isEqualTo(Entry.ENTERED);
    limiter.leave(JILL);
    assertThat(get(johns)).isEqualTo(Entry.ENTERED);
  }

  @Test
  void clientsOfOneSite_leavePlacesAndQueueToOthers() throws Exception {
    var limiter = new ConcurrencyLimiter(3, 4);
    fill(limiter, new Network(1), 1);
    fill(limiter, new Network(2), 1);
    var waiters = new ArrayList<Future<Entry>>();
    for (var i = 3; i < 7; i++) {
      waiters.add(waiter(limiter, new Network(i)));
    }
    assertThat(limiter.enter(new Network(8), NONE)).isEqualTo(Entry.CLIENT_LIMIT);
    assertThat(limiter.enter(JILL, NONE)).isEqualTo(Entry.ENTERED);

    var jacks = threads.submit(() -> limiter.enter(JACK, LONG));
    Eventually.holds(
        "one of the site's is dropped", () -> waiters.stream().filter(Future::isDone).count() == 1);
    limiter.leave(new Network(1));
    assertThat(get(jacks)).as("the site holds one still").isEqualTo(Entry.ENTERED);
  }

  @Test
  void interruptedWait_leavesQueue() {
    var limiter = new ConcurrencyLimiter(1, 3);
    assertThatThrownBy(
            () -> {
              fill(limiter, JOHN, 1);
              Thread.currentThread().interrupt();
              var _ = limiter.enter(JACK, LONG);
            })
        .isInstanceOf(InterruptedException.class);
    assertThat(limiter.waiting()).isZero();
    limiter.leave(JOHN);
    assertThat(limiter.inside()).isZero();
  }

  @Test
  void manyThreads_neverExceedCapacityAndLeaveNothing() throws Exception {
    var limiter = new ConcurrencyLimiter(4, 16);
    var inside = new AtomicInteger();
    var tooMany = new AtomicInteger();
    var clients = List.of(JACK, JILL, JOHN);
    var requests = new ArrayList<Future<?>>();
    for (var i = 0; i < 40; i++) {
      var random = new Random(i);
      requests.add(
          threads.submit(() -> {
            for (var n = 0; n < 200; n++) {
              var client = clients.get(random.nextInt(3));
              if (limiter.enter(client, random.nextInt(1_000_000)) == Entry.ENTERED) {
                if (inside.incrementAndGet() > 4) {
                  tooMany.incrementAndGet();
                }
                Thread.onSpinWait();
                inside.decrementAndGet();
                limiter.leave(client);
              }
            }
            return null;
          }));
    }
    for (var request : requests) {
      try {
        request.get(120, TimeUnit.SECONDS);
      } catch (ExecutionException e) {
        throw new AssertionError(e.getCause());
      }
    }
    assertThat(tooMany).hasValue(0);
    assertThat(limiter.inside()).isZero();
    assertThat(limiter.waiting()).isZero();
  }
}
