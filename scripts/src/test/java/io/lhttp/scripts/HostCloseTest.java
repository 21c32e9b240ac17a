package io.lhttp.scripts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lhttp.scripts.context.ScriptContext;
import io.lhttp.scripts.context.SideEffects;
import io.lhttp.scripts.modules.SourceFile;
import io.lhttp.testing.Eventually;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * A host that closes waits for contexts that are being created. Otherwise a context that meets its
 * first regular expression and the engine's close would wait for each other for ever.
 */
@Timeout(value = 240, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class HostCloseTest {
  private static final long PATIENCE_SECONDS = 60;

  private final ScriptHost host = ScriptHost.builder().eventLoops(1).build();
  private final Script script =
      new Script(host, Map.of("p.js", new SourceFile("p.js", "export function onMessage() {}")));
  private final CountDownLatch held = new CountDownLatch(1);
  private final CountDownLatch release = new CountDownLatch(1);

  @Test
  void close_whileContextIsCreated_ends() throws Exception {
    var first = new FutureTask<>(() -> host.engine.whileOpen(this::meetRegularExpression));
    var _ = start(first);
    await(held);

    host.close();
    release.countDown();

    assertThat(first.get(PATIENCE_SECONDS, TimeUnit.SECONDS)).isEqualTo("b");
    Eventually.holds("the engine is closed", this::isClosed);
  }

  @Test
  void contextCreatedWhileHostCloses_isRefused() throws Exception {
    var first = new FutureTask<>(() -> host.engine.whileOpen(this::meetRegularExpression));
    var _ = start(first);
    await(held);
    var _ = Thread.ofPlatform().daemon().start(host::close);
    Eventually.holds(
        "the close waits",
        () -> Thread.getAllStackTraces().values().stream().anyMatch(HostCloseTest::closes));

    var second = new FutureTask<>(this::create);
    var creator = start(second);
    Eventually.holds(
        "the creation waits behind the close",
        () -> second.isDone() || waitsFor(creator.getStackTrace(), "ReadLock"));
    release.countDown();

    assertThatThrownBy(() -> second.get(PATIENCE_SECONDS, TimeUnit.SECONDS))
        .hasRootCauseInstanceOf(IllegalStateException.class)
        .hasRootCauseMessage("the script host is closed");
    assertThat(first.get(PATIENCE_SECONDS, TimeUnit.SECONDS)).isEqualTo("b");
  }

  private String meetRegularExpression() {
    try (var context = ScriptContext.context(host, script)) {
      context.enter();
      try {
        held.countDown();
        await(release);
        return context.eval("js", "/a(.)/.exec('ab')[1]").asString();
      } finally {
        context.leave();
      }
    }
  }

  private boolean create() {
    try (var context =
        new ScriptContext(
            host, host.limits, script, host.thread(0), "{}", SideEffects.none(host))) {
      return context.async();
    }
  }

  private boolean isClosed() {
    try {
      return host.engine.whileOpen(() -> false);
    } catch (IllegalStateException _) {
      return true;
    }
  }

  private static boolean closes(StackTraceElement[] stack) {
    return waitsFor(stack, "WriteLock");
  }

  private static boolean waitsFor(StackTraceElement[] stack, String lock) {
    return Arrays.stream(stack)
        .anyMatch(frame -> frame.getClassName().endsWith("ReentrantReadWriteLock$" + lock));
  }

  private static <T> Thread start(FutureTask<T> task) {
    return Thread.ofPlatform().daemon().start(task);
  }

  private static void await(CountDownLatch latch) {
    try {
      assertThat(latch.await(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
