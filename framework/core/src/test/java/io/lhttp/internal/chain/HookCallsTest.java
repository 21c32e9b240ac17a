package io.lhttp.internal.chain;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import io.lhttp.Connection;
import io.lhttp.Filter;
import io.lhttp.chain.OnError;
import io.lhttp.fixture.CapturedLog;
import io.lhttp.internal.measure.Clients;
import io.lhttp.internal.measure.Meters;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A link that hangs when a reload brings it to open connections delays none of them for long. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class HookCallsTest {
  private static final Duration MOMENT = Duration.ofMillis(20);
  private static final Duration LONG = Duration.ofMinutes(1);

  private final CountDownLatch release = new CountDownLatch(1);
  private final AtomicInteger interrupts = new AtomicInteger();

  @AfterEach
  void end() {
    release.countDown();
  }

  @Test
  void hangingLeave_letsConnectionGoOnAndIsNamedOnce() throws Exception {
    var calls = new HookCalls(MOMENT, LONG);
    var link =
        new Filter() {
          @Override
          public void onLeave(Connection connection) throws Exception {
            release.await();
          }
        };
    try (var log = new CapturedLog(HookCalls.class).from(Level.INFO)) {
      assertThat(replaced(link, calls, 5)).containsOnly(true);

      holds("all are left behind", () -> inWords(calls).contains("for 5 connections"));
      assertThat(calls.hanging())
          .singleElement()
          .asString()
          .startsWith("filter 'f' in onLeave() for 5 connections since 20")
          .contains(" at io.lhttp.internal.chain.HookCallsTest");
      assertThat(log.messages())
          .singleElement()
          .asString()
          .startsWith("a link hangs in onLeave() and is left behind filter=f class=")
          .contains(" connections=", " at=io.lhttp.internal.chain.HookCallsTest");

      release.countDown();
      holds("no call hangs", () -> calls.hanging().isEmpty());
      holds(
          "the end is logged",
          () ->
              log.messages()
                  .getLast()
                  .equals("a link that hung has returned from onLeave() filter=f"));
      assertThat(calls.running()).isEmpty();
    }
  }

  @Test
  void hangingJoin_countsAsFailed() throws Exception {
    var calls = new HookCalls(MOMENT, LONG);
    var link =
        new Filter() {
          @Override
          public void onJoin(Connection connection) throws Exception {
            release.await();
          }
        };
    var connection = new StubConnection();
    assertThat(chain().hooks().open(connection)).isTrue();
    var joins = chain(link);

    assertThat(joins.hooks().update(connection, calls, _ -> {})).isFalse();

    assertThat(joins.hooks().failedJoins()).isOne();
  }

  @Test
  void waitingCall_isInterruptedAfterGraceAndFailsSilently() throws Exception {
    var calls = new HookCalls(MOMENT, MOMENT);
    var link =
        new Filter() {
          @Override
          public void onLeave(Connection connection) throws Exception {
            try {
              release.await();
            } catch (InterruptedException e) {
              interrupts.incrementAndGet();
              throw e;
            }
          }
        };
    try (var failures = new CapturedLog(Pipeline.class)) {
      assertThat(replaced(link, calls, 1)).containsOnly(true);

      holds("it is interrupted", () -> interrupts.get() == 1);
      holds("it has ended", () -> calls.running().isEmpty());
      assertThat(failures.messages()).isEmpty();
    }
  }

  @Test
  void computingCalls_areInterruptedAndOtherCallsEnd() throws Exception {
    var calls = new HookCalls(MOMENT, LONG);
    var first = new AtomicBoolean();
    var link =
        new Filter() {
          @Override
          public void onLeave(Connection connection) throws Exception {
            if (!first.getAndSet(true)) {
              release.await(); // so that the calls are one group
              return;
            }
            while (!Thread.interrupted()) {
              Thread.onSpinWait();
            }
            interrupts.incrementAndGet();
          }
        };

    assertThat(replaced(link, calls, 100)).containsOnly(true);

    holds("the first call alone runs", () -> inWords(calls).contains("for 1 connections"));
    assertThat(interrupts).hasValueBetween(1, 98);
  }

  @Test
  void quickCall_runsAsAnotherThreadAndLeavesNothing() throws Exception {
    var calls = new HookCalls(LONG, LONG);
    var threads = new ArrayList<Thread>();
    var ran = new ArrayList<Thread>();
    var link =
        new Filter() {
          @Override
          public void onLeave(Connection connection) {
            ran.add(Thread.currentThread());
          }
        };
    var connection = new StubConnection();
    assertThat(chain(link).hooks().open(connection)).isTrue();

    assertThat(chain().hooks().update(connection, calls, threads::add)).isTrue();

    assertThat(threads).containsExactly(ran.getFirst(), Thread.currentThread());
    assertThat(calls.running()).isEmpty();
  }

  /** Takes the link out of the chain of this many connections at the same time. */
  private static List<Boolean> replaced(Filter link, HookCalls calls, int count) throws Exception {
    var before = chain(link);
    var after = chain();
    var updates = new ArrayList<Future<Boolean>>();
    try (var threads = Executors.newThreadPerTaskExecutor(Thread.ofPlatform().factory())) {
      for (var i = 0; i < count; i++) {
        var connection = new StubConnection();
        assertThat(before.hooks().open(connection)).isTrue();
        updates.add(threads.submit(() -> after.hooks().update(connection, calls, _ -> {})));
      }
      var results = new ArrayList<Boolean>();
      for (var update : updates) {
        results.add(update.get(30, TimeUnit.SECONDS));
      }
      return results;
    }
  }

  private static Pipeline chain(Filter... filters) {
    var named = new ArrayList<Pipeline.NamedFilter>();
    for (var filter : filters) {
      named.add(new Pipeline.NamedFilter("f", filter, OnError.REFUSE));
    }
    return new Pipeline(
        1, named, List.of(), new Meters(1, false), false, new Clients(), new FailureDetail());
  }

  private static String inWords(HookCalls calls) {
    return String.join("; ", calls.hanging());
  }

  private static void holds(String what, BooleanSupplier condition) {
    var end = System.nanoTime() + Duration.ofSeconds(30).toNanos();
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as(what).isLessThan(end);
      LockSupport.parkNanos(1_000_000);
    }
  }
}
