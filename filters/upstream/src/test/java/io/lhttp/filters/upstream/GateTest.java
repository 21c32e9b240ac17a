package io.lhttp.filters.upstream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lhttp.ClientKey;
import io.lhttp.filters.upstream.Gate.Entry;
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

/** Clients share the places and the queue of a gate. */
class GateTest {
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
  private Future<Entry> waiter(Gate gate, ClientKey client) {
    var before = gate.waiting();
    var request = threads.submit(() -> gate.enter(client, LONG));
    Eventually.holds("it waits", () -> gate.waiting() == before + 1);
    return request;
  }

  private static Entry get(Future<Entry> request) throws Exception {
    return request.get(60, TimeUnit.SECONDS);
  }

  private static void fill(Gate gate, ClientKey client, int times) throws Exception {
    for (var i = 0; i < times; i++) {
      assertThat(gate.enter(client, NONE)).isEqualTo(Entry.ENTERED);
    }
  }

  @Test
  void clientBeyondShare_isRefusedWhileOthersEnter() throws Exception {
    var gate = new Gate(64, 0);
    fill(gate, JACK, 32);
    assertThat(gate.enter(JACK, NONE)).isEqualTo(Entry.CLIENT_LIMIT);
    assertThat(gate.enter(JILL, NONE)).isEqualTo(Entry.ENTERED);
    assertThat(gate.inside()).isEqualTo(33);
  }

  @Test
  void lastPlaceTaken_refusesAllAsFull() throws Exception {
    var gate = new Gate(1, 0);
    fill(gate, JACK, 1);
    assertThat(gate.enter(JILL, NONE)).isEqualTo(Entry.FULL);
    assertThat(gate.enter(JACK, NONE)).isEqualTo(Entry.FULL);
    gate.leave(JACK);
    assertThat(gate.enter(JILL, NONE)).isEqualTo(Entry.ENTERED);
  }

  @Test
  void waitBeyondTime_isRefused() throws Exception {
    var gate = new Gate(2, 1);
    fill(gate, JACK, 1);
    assertThat(gate.enter(JACK, 1)).isEqualTo(Entry.CLIENT_LIMIT);
    fill(gate, JILL, 1);
    assertThat(gate.enter(JACK, 1)).isEqualTo(Entry.FULL);
    assertThat(gate.waiting()).isZero();
  }

  @Test
  void freePlace_goesToClientWithFewestRequests() throws Exception {
    var gate = new Gate(3, 10);
    fill(gate, JACK, 2);
    fill(gate, JOHN, 1);
    var jacks = waiter(gate, JACK);
    var jills = waiter(gate, JILL);
    gate.leave(JACK);
    assertThat(get(jills)).isEqualTo(Entry.ENTERED);
    assertThat(jacks.isDone()).isFalse();
    gate.leave(JOHN);
    assertThat(jacks.isDone()).as("one is free, and Jack holds one").isFalse();
    gate.leave(JILL);
    assertThat(get(jacks)).isEqualTo(Entry.ENTERED);
  }

  @Test
  void clientsWithEquallyMany_takeTurns() throws Exception {
    var gate = new Gate(1, 10);
    fill(gate, JOHN, 1);
    var first = waiter(gate, JACK);
    var second = waiter(gate, JACK);
    var third = waiter(gate, JILL);
    gate.leave(JOHN);
    assertThat(get(first)).isEqualTo(Entry.ENTERED);
    gate.leave(JACK);
    assertThat(get(third)).isEqualTo(Entry.ENTERED);
    assertThat(second.isDone()).isFalse();
    gate.leave(JILL);
    assertThat(get(second)).isEqualTo(Entry.ENTERED);
  }

  @Test
  void fullQueue_dropsLatestOfClientWithMost() throws Exception {
    var gate = new Gate(1, 3);
    fill(gate, JOHN, 1);
    var jacks = new ArrayList<Future<Entry>>();
    for (var i = 0; i < 3; i++) {
      jacks.add(waiter(gate, JACK));
    }
    assertThat(gate.enter(JACK, LONG)).isEqualTo(Entry.FULL);

    var jills = threads.submit(() -> gate.enter(JILL, LONG));
    assertThat(get(jacks.get(2))).isEqualTo(Entry.CLIENT_LIMIT);
    Eventually.holds("Jill waits", () -> gate.waiting() == 3);
    var johns = threads.submit(() -> gate.enter(JOHN, LONG));
    assertThat(get(jacks.get(1))).isEqualTo(Entry.CLIENT_LIMIT);
    Eventually.holds("John waits", () -> gate.waiting() == 3);
    assertThat(gate.enter(MARY, LONG)).as("each has one").isEqualTo(Entry.FULL);

    gate.leave(JOHN);
    assertThat(get(jacks.get(0))).isEqualTo(Entry.ENTERED);
    gate.leave(JACK);
    assertThat(get(jills)).isEqualTo(Entry.ENTERED);
    gate.leave(JILL);
    assertThat(get(johns)).isEqualTo(Entry.ENTERED);
  }

  @Test
  void interruptedWait_leavesQueue() {
    var gate = new Gate(1, 3);
    assertThatThrownBy(
            () -> {
              fill(gate, JOHN, 1);
              Thread.currentThread().interrupt();
              var _ = gate.enter(JACK, LONG);
            })
        .isInstanceOf(InterruptedException.class);
    assertThat(gate.waiting()).isZero();
    gate.leave(JOHN);
    assertThat(gate.inside()).isZero();
  }

  @Test
  void manyThreads_neverExceedCapacityAndLeaveNothing() throws Exception {
    var gate = new Gate(4, 16);
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
              if (gate.enter(client, random.nextInt(1_000_000)) == Entry.ENTERED) {
                if (inside.incrementAndGet() > 4) {
                  tooMany.incrementAndGet();
                }
                Thread.onSpinWait();
                inside.decrementAndGet();
                gate.leave(client);
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
    assertThat(gate.inside()).isZero();
    assertThat(gate.waiting()).isZero();
  }
}
