package io.lhttp.scripts;

import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.fixture.CapturedLog;
import io.lhttp.scripts.threads.MachineTime;
import io.lhttp.scripts.threads.Watchdog;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The loops that all scripts share log an exception of one task and continue. */
class LoopFailuresTest {
  private static final long PATIENCE_SECONDS = 60;

  @AutoClose private final CapturedLog logged = new CapturedLog("io.lhttp.scripts");

  @ParameterizedTest
  @ValueSource(
      classes = {IllegalStateException.class, StackOverflowError.class, AssertionError.class})
  void scriptThread_taskThrows_runsNextTask(Class<? extends Throwable> kind) throws Exception {
    var thread = new OwnThread(0);
    try {
      var first = new CompletableFuture<Thread>();
      var thrown = unique(kind);
      thread.execute(() -> {
        first.complete(Thread.currentThread());
        raise(thrown);
      });
      var next = new CompletableFuture<Thread>();
      thread.execute(() -> next.complete(Thread.currentThread()));

      assertThat(next.get(PATIENCE_SECONDS, TimeUnit.SECONDS)).isSameAs(first.join());
    } finally {
      thread.close();
    }
    assertLogged("a script thread", kind);
  }

  @ParameterizedTest
  @ValueSource(
      classes = {IllegalStateException.class, StackOverflowError.class, AssertionError.class})
  void timers_oneThrows_ringsNext(Class<? extends Throwable> kind) throws Exception {
    try (var time = new MachineTime()) {
      var thrown = unique(kind);
      time.after(0, () -> raise(thrown));
      var rung = new CountDownLatch(1);
      time.after(1, rung::countDown);

      assertThat(rung.await(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
    }
    assertLogged("a script's timer", kind);
  }

  @ParameterizedTest
  @ValueSource(
      classes = {IllegalStateException.class, StackOverflowError.class, AssertionError.class})
  void watchdog_oneCheckThrows_goesOn(Class<? extends Throwable> kind) throws Exception {
    try (var watchdog = new Watchdog()) {
      var thrown = unique(kind);
      var failed = new CountDownLatch(3);
      watchdog.add(now -> {
        failed.countDown();
        raise(thrown);
      });
      var looked = new CountDownLatch(3);
      watchdog.add(now -> looked.countDown());
      watchdog.start();

      assertThat(failed.await(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
      assertThat(looked.await(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
    }
    assertLogged("the scripts' watchdog", kind);
  }

  private void assertLogged(String who, Class<? extends Throwable> kind) {
    assertThat(logged.events())
        .filteredOn(event -> event.getFormattedMessage().startsWith(who + " failed and continues"))
        .singleElement()
        .satisfies(event ->
            assertThat(event.getThrowableProxy().getClassName()).isEqualTo(kind.getName()));
  }

  /** Returns an exception with a new cause, because the log reports each cause once a minute. */
  private static Throwable unique(Class<? extends Throwable> kind) throws Exception {
    var thrown = kind.getConstructor().newInstance();
    thrown.setStackTrace(
        new StackTraceElement[] {
          new StackTraceElement("Thrower", UUID.randomUUID().toString(), "Thrower.java", 1)
        });
    return thrown;
  }

  private static void raise(Throwable thrown) {
    switch (thrown) {
      case RuntimeException e -> throw e;
      case Error e -> throw e;
      default -> throw new IllegalArgumentException(thrown);
    }
  }
}
