package io.lhttp.scripts;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import io.lhttp.fixture.CapturedLog;
import io.lhttp.scripts.threads.MachineTime;
import io.lhttp.scripts.threads.Watchdog;
import io.lhttp.testing.Eventually;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

/** The loops that all scripts share log an exception of one task and continue. */
class LoopFailuresTest {
  private static final long PATIENCE_SECONDS = 60;

  @AutoClose private final CapturedLog logged = new CapturedLog("io.lhttp.scripts");

  @ParameterizedTest
  @ValueSource(
      classes = {IllegalStateException.class, StackOverflowError.class, AssertionError.class})
  void scriptThread_taskThrows_runsNextTask(Class<? extends Throwable> kind) throws Exception {
    var thread = new HostThread(0);
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

  @Test
  void started_stepThrowsError_isLoggedAndNextRuns() {
    try (var host = ScriptHost.builder().eventLoops(1).startCold(true).build();
        var _ = new FailingLog("the first calls of the script engine failed")) {
      host.engine.polyglot().close(true);

      host.started();

      Eventually.holds(
          "the step was logged",
          () -> logged.messages().stream().anyMatch(line -> line.startsWith("the preparation")));
    }
    assertLogged("the preparation of scripts", AssertionError.class);
  }

  @Test
  void queuedWarmUp_throwsError_nextOneRuns(@TempDir Path path) {
    logged.from(Level.DEBUG);
    try (var host = ScriptHost.builder().eventLoops(1).build();
        var warmUp = new WarmUp(true);
        var _ = new FailingLog("a script is warm name=first");
        var first = load(host, path, "first");
        var second = load(host, path, "second")) {
      assertThat(warmUp.warm(first)).isFalse();
      assertThat(warmUp.warm(second)).isFalse();

      warmUp.start();

      Eventually.holds("nothing waits", () -> !warmUp.waits());
    }
    assertThat(logged.messages())
        .contains("script warm-up failed name=first")
        .anyMatch(line -> line.startsWith("a script is warm name=second"))
        .anyMatch(line -> line.startsWith("scripts are warm"));
  }

  @Test
  void callsOfWarmUp_throwError_areLogged(@TempDir Path path) throws Exception {
    var text = "export function onMessage() { for (let i = 0; i < 1e5; i++); }";
    try (var host = ScriptHost.builder().eventLoops(1).callTime(Duration.ofSeconds(5)).build()) {
      var script = new Folder(path).write("processors/p.js", text).read(host, "processors/p.js");
      var run = new WarmUpRun(host, script, Role.PROCESSOR, "p", "{}", List.of());
      var caller = Thread.currentThread();

      var _ =
          run.runBeside(() -> {
            if (!Thread.currentThread().equals(caller)) {
              throw new AssertionError();
            }
            return true;
          });
    }
    assertThat(logged.messages()).containsExactly("script warm-up failed name=processors/p.js");
  }

  private static ScriptInstance load(ScriptHost host, Path path, String name) {
    var file = "processors/" + name + ".js";
    var text = "export function onMessage(ctx) { ctx.send('fine'); }";
    var script = new Folder(path).write(file, text).read(host, file);
    return ScriptInstance.load(host, script, name, Role.PROCESSOR, Map.of());
  }

  /** Throws an error when the scripts log a line that begins with a text. */
  private static final class FailingLog extends AppenderBase<ILoggingEvent>
      implements AutoCloseable {
    private final Logger logger = (Logger) LoggerFactory.getLogger("io.lhttp.scripts");
    private final String text;

    FailingLog(String text) {
      this.text = text;
      start();
      logger.addAppender(this);
    }

    @Override
    protected void append(ILoggingEvent event) {
      if (event.getFormattedMessage().startsWith(text)) {
        throw new AssertionError();
      }
    }

    @Override
    public void close() {
      logger.detachAppender(this);
    }
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
