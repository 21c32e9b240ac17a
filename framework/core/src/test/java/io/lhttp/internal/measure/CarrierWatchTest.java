package io.lhttp.internal.measure;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import io.lhttp.fixture.CapturedLog;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The watch names code that keeps virtual threads from running; the test triggers its checks. */
class CarrierWatchTest {
  private static final long LIMIT = Duration.ofSeconds(1).toNanos();

  private final FakeCarriers carriers = new FakeCarriers();
  private final CarrierWatch watch =
      new CarrierWatch(Duration.ofSeconds(1), stack -> Optional.of("primes"), carriers);
  private final CapturedLog log = new CapturedLog(CarrierWatch.class).from(Level.INFO);
  private final AtomicBoolean end = new AtomicBoolean();
  private final CountDownLatch released = new CountDownLatch(1);
  private final List<Thread> threads = new ArrayList<>();

  /** Carriers whose probes run when the test says so. */
  private static final class FakeCarriers implements CarrierWatch.Carriers {
    final List<Runnable> waitingTasks = new ArrayList<>();
    List<Thread> mounted = List.of();
    int waiting;
    long cpu;
    boolean known = true;

    @Override
    public void start(Runnable task) {
      waitingTasks.add(task);
    }

    @Override
    public CarrierWatch.Snapshot look() {
      return new CarrierWatch.Snapshot(mounted, waiting);
    }

    @Override
    public boolean known() {
      return known;
    }

    @Override
    public long cpuNanos() {
      return cpu;
    }

    @Override
    public int count() {
      return 2;
    }

    void runAll() {
      waitingTasks.forEach(Runnable::run);
      waitingTasks.clear();
    }
  }

  @AfterEach
  void endThreads() throws Exception {
    end.set(true);
    released.countDown();
    for (var thread : threads) {
      thread.join();
    }
    log.close();
  }

  private void compute() {
    while (!end.get()) {
      Thread.onSpinWait();
    }
  }

  private void waitForEnd() {
    try {
      released.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private Thread thread(Runnable task) {
    var thread = Thread.ofPlatform().daemon().start(task);
    threads.add(thread);
    return thread;
  }

  private Thread computing() {
    var thread = thread(this::compute);
    while (InnermostFrame.of(thread).contains("ended")
        || !InnermostFrame.of(thread).contains("CarrierWatchTest")) {
      Thread.onSpinWait();
    }
    return thread;
  }

  /** Holds two carriers from time 0 on, for this many halves of the limit. */
  private void heldFor(int halves, long cpuEach) {
    for (var half = 0; half <= halves; half++) {
      carriers.cpu = half * cpuEach;
      watch.look(half * LIMIT / 2);
    }
  }

  @Test
  void heldCarriers_areLoggedWithLinkAndLine() {
    carriers.mounted = List.of(computing(), computing());
    carriers.waiting = 7;

    heldFor(3, LIMIT);

    assertThat(log.messages())
        .singleElement()
        .asString()
        .contains(
            "exchanges-waiting=7 carriers=2 held=2 late=1500 ms",
            "link 'primes' at io.lhttp.internal.measure.CarrierWatchTest.compute"
                + "(CarrierWatchTest.java:");
    assertThat(log.written()).contains("a carrier thread is held here");
    assertThat(watch.waiting()).isEqualTo(7);
    assertThat(watch.stalls()).isEqualTo(1);
  }

  @Test
  void heldCarriers_areLoggedOnceAMinute() {
    carriers.mounted = List.of(computing());

    heldFor(100, LIMIT);
    assertThat(log.messages()).hasSize(1);
    heldFor(130, LIMIT);

    assertThat(log.messages()).hasSize(2);
    assertThat(watch.stalls()).isEqualTo(1);
  }

  @Test
  void released_isLoggedAndCountsAgain() {
    carriers.mounted = List.of(computing());
    carriers.waiting = 3;
    heldFor(3, LIMIT);

    carriers.runAll();
    watch.look(2 * LIMIT);

    assertThat(watch.waiting()).isZero();
    assertThat(log.messages()).last().asString().contains("virtual threads run again");
    watch.look(3 * LIMIT);
    carriers.cpu += 10 * LIMIT;
    watch.look(4 * LIMIT);
    carriers.cpu += 10 * LIMIT;
    watch.look(5 * LIMIT);
    assertThat(watch.stalls()).isEqualTo(2);
  }

  @Test
  void runningProbe_reportsNothing() {
    carriers.mounted = List.of(computing());

    for (var look = 0; look < 20; look++) {
      watch.look(look * LIMIT);
      carriers.cpu += LIMIT;
      carriers.runAll();
    }

    assertThat(log.events()).isEmpty();
    assertThat(watch.stalls()).isZero();
  }

  @Test
  void manyShortExchanges_areNotBlamed() {
    for (var look = 0; look < 20; look++) {
      carriers.mounted = List.of(computing());
      carriers.cpu += LIMIT;
      watch.look(look * LIMIT / 2);
    }

    assertThat(log.events()).isEmpty();
  }

  @Test
  void carriersWithoutProcessor_areNotBlamed() {
    carriers.mounted = List.of(computing(), computing());

    heldFor(10, LIMIT / 100);

    assertThat(log.events()).isEmpty();
    assertThat(watch.waiting()).isZero();
  }

  @Test
  void carriersWithoutProcessorForVeryLong_areLogged() {
    carriers.mounted = List.of(computing(), computing());

    heldFor(40, 0);

    assertThat(log.events()).hasSize(1);
  }

  @Test
  void threadThatWaitsOnItsCarrier_usesNoProcessor_isLogged() {
    var waits = thread(this::waitForEnd);
    while (waits.getState() != Thread.State.WAITING) {
      Thread.onSpinWait();
    }
    carriers.mounted = List.of(waits);

    heldFor(3, 0);

    assertThat(log.messages()).singleElement().asString().contains("CarrierWatchTest.waitForEnd");
  }

  @Test
  void withoutOption_lineNamesOption() {
    carriers.known = false;

    heldFor(39, LIMIT);
    assertThat(log.events()).isEmpty();
    heldFor(41, LIMIT);

    assertThat(log.messages()).singleElement().asString().contains("--add-exports");
    assertThat(watch.stalls()).isEqualTo(1);
  }

  @Test
  void unmountedThreads_areRecognisedByStack() {
    var user = frame("x.Primes", "onMessage", 3);
    var parked = frame("java.lang.VirtualThread", "park", 1);
    var pinned = frame("java.lang.VirtualThread", "parkOnCarrierThread", 1);
    var inNative = frame("x.Library", "call", -2);

    assertThat(mounted(Thread.State.RUNNABLE, user)).isTrue();
    assertThat(mounted(Thread.State.RUNNABLE, parked, user)).isFalse();
    assertThat(mounted(Thread.State.RUNNABLE)).isFalse();
    assertThat(mounted(Thread.State.WAITING, parked, user)).isFalse();
    assertThat(mounted(Thread.State.WAITING, pinned, parked, user)).isTrue();
    assertThat(mounted(Thread.State.BLOCKED, user)).isFalse();
    assertThat(mounted(Thread.State.RUNNABLE, inNative)).isTrue();
  }

  private static boolean mounted(Thread.State state, StackTraceElement... stack) {
    return VirtualThreads.isMounted(state, stack);
  }

  private static StackTraceElement frame(String type, String method, int line) {
    return new StackTraceElement(type, method, "File.java", line);
  }
}
