package io.lhttp.internal.measure;

import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.Outcome;
import io.lhttp.fixture.CapturedLog;
import io.lhttp.internal.chain.MayBlockTest;
import io.lhttp.internal.chain.TestPipeline;
import io.lhttp.message.Message;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The watch names links that block an event loop; the test runs its checks. */
@Timeout(value = 240, threadMode = Timeout.ThreadMode.SAME_THREAD)
class BlockWatchTest {
  private static final long LIMIT = Duration.ofMillis(100).toNanos();

  private final BlockWatch watch = new BlockWatch(Duration.ofMillis(100), thread -> -1);
  private final BlockWatch.Slot loop = watch.slot(Thread.currentThread());
  private final CapturedLog log = new CapturedLog(BlockWatch.class);

  @AfterEach
  void endCapture() {
    log.close();
  }

  @Test
  void blockingLink_isLoggedByNameWithStack() {
    loop.enter("sleepy");

    assertThat(watch.look(0)).isEmpty();
    assertThat(watch.look(LIMIT)).containsExactly("sleepy");
    assertThat(log.written()).contains("name=sleepy", "BlockWatchTest.blockingLink_isLogged");
  }

  @Test
  void blockingLink_isLoggedOnce() {
    loop.enter("sleepy");
    watch.look(0);
    watch.look(LIMIT);

    assertThat(watch.look(2 * LIMIT)).isEmpty();

    loop.leave(null);
    loop.enter("sleepy");
    watch.look(3 * LIMIT);
    assertThat(watch.look(4 * LIMIT)).isEmpty();
    assertThat(log.events()).hasSize(1);
  }

  @Test
  void stalls_countEachCallOnce() {
    loop.enter("sleepy");
    for (var look = 0; look < 4; look++) {
      watch.look(look * LIMIT);
    }
    assertThat(watch.stalls()).isEqualTo(1);

    loop.leave(null);
    loop.enter("sleepy");
    watch.look(4 * LIMIT);
    assertThat(watch.stalls()).isEqualTo(1);
    watch.look(5 * LIMIT);
    assertThat(watch.stalls()).isEqualTo(2);
  }

  @Test
  void quickLink_isNotReported() {
    loop.enter("quick");

    watch.look(0);
    assertThat(watch.look(LIMIT - 1)).isEmpty();
  }

  @Test
  void quickLink_manyTimes_isNotReported() {
    for (var look = 0; look < 10; look++) {
      loop.enter("busy");
      assertThat(watch.look(look * LIMIT)).isEmpty();
      loop.leave(null);
    }
  }

  @Test
  void idleLoop_isNotReported() {
    watch.look(0);

    assertThat(watch.look(10 * LIMIT)).isEmpty();
  }

  @Test
  void nestedLinks_innermostIsReported() {
    var outer = loop.enter("outer");
    var inner = loop.enter("inner");
    watch.look(0);
    assertThat(watch.look(LIMIT)).containsExactly("inner");

    loop.leave(inner);
    watch.look(2 * LIMIT);
    assertThat(watch.look(3 * LIMIT)).containsExactly("outer");
    loop.leave(outer);
  }

  @Test
  void twoLoops_areBothReported() {
    var other = watch.slot(Thread.currentThread());
    loop.enter("one");
    other.enter("other");
    watch.look(0);

    assertThat(watch.look(LIMIT)).containsExactly("one", "other");
  }

  @Test
  void runnableThread_withoutProcessor_isNotBlamedOnItsLink() {
    var cpu = new AtomicLong();
    var busy = new BlockWatch(Duration.ofMillis(100), thread -> cpu.get());
    busy.slot(Thread.currentThread()).enter("starved");
    busy.look(0);

    assertThat(busy.look(5 * LIMIT)).isEmpty();
    cpu.set(LIMIT);
    assertThat(busy.look(6 * LIMIT)).containsExactly("starved");
  }

  @Test
  void runnableThread_withoutProcessorForVeryLong_isLogged() {
    var outside = new BlockWatch(Duration.ofMillis(100), thread -> 0);
    outside.slot(Thread.currentThread()).enter("native");
    outside.look(0);

    assertThat(outside.look(19 * LIMIT)).isEmpty();
    assertThat(outside.look(20 * LIMIT)).containsExactly("native");
  }

  @Test
  void waitingThread_usesNoProcessor_isLogged() throws Exception {
    var waits = new CountDownLatch(1);
    var thread =
        Thread.ofPlatform()
            .daemon()
            .start(() -> {
              try {
                waits.await();
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            });
    try {
      while (thread.getState() != Thread.State.WAITING) {
        Thread.onSpinWait();
      }
      var still = new BlockWatch(Duration.ofMillis(100), any -> 0);
      still.slot(thread).enter("sleepy");
      still.look(0);

      assertThat(still.look(LIMIT)).containsExactly("sleepy");
    } finally {
      waits.countDown();
      thread.join();
    }
  }

  @Test
  void chain_reportsRunningLink() {
    var late = new ArrayList<List<String>>();
    var chain =
        new TestPipeline()
            .step(
                "outer",
                (exchange, rest) -> {
                  watch.look(0);
                  late.add(watch.look(LIMIT));
                  return rest.proceed(exchange);
                })
            .processor(
                "chat",
                new MayBlockTest.Swift() {
                  @Override
                  public void onMessage(io.lhttp.Exchange exchange) {
                    watch.look(2 * LIMIT);
                    late.add(watch.look(3 * LIMIT));
                  }
                });

    assertThat(chain.run(Message.of("chat", ""), loop)).isEqualTo(Outcome.done());
    watch.look(4 * LIMIT);
    late.add(watch.look(9 * LIMIT));

    assertThat(late).containsExactly(List.of("outer"), List.of("chat"), List.of());
  }

  @Test
  void startedWatch_looksByItself() throws Exception {
    var blocked = new CountDownLatch(1);
    var patient = new BlockWatch(Duration.ofMillis(20));
    var thread =
        Thread.ofPlatform()
            .daemon()
            .start(() -> {
              patient.slot(Thread.currentThread()).enter("sleepy");
              try {
                blocked.await();
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            });
    try (patient) {
      patient.start();
      while (log.events().isEmpty()) {
        Thread.onSpinWait();
      }
    } finally {
      blocked.countDown();
      thread.join();
    }
    assertThat(log.messages()).singleElement().asString().contains("name=sleepy");
  }
}
