package io.lhttp.scripts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.lhttp.RefusedException;
import io.lhttp.scripts.context.Invocation;
import io.lhttp.scripts.context.ScriptContext;
import io.lhttp.scripts.context.SideEffects;
import io.lhttp.scripts.modules.SourceFile;
import io.lhttp.scripts.threads.LateException;
import io.lhttp.testing.RecordingConnection;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A script whose context was lost is loaded again until that succeeds. */
@Timeout(60)
class ContextPoolTest {
  private static final Duration LONGEST = Duration.ofSeconds(30);

  /**
   * A script that runs for a second or more despite an interrupt, because arithmetic does not check
   * for interrupts.
   */
  private static final String TEXT =
      "export function onMessage() { ((2n ** 300000n) ** 20n).toString(); }";

  private final LinkedBlockingQueue<ScriptContext> lost = new LinkedBlockingQueue<>();

  private ScriptContext context(ScriptHost host, int thread) {
    var script = new Script(host, Map.of("p.js", new SourceFile("p.js", TEXT)));
    var context =
        new ScriptContext(
            host, host.limits, script, host.thread(thread), "{}", SideEffects.none(host));
    context.listener(
        new ScriptContext.Listener() {
          @Override
          public void late(Caller caller) {}

          @Override
          public void lost(ScriptContext context, @Nullable Initiator initiator) {
            if (initiator != null && initiator.caller().connection().equals("jack")) {
              lost.add(context);
            }
          }
        });
    return context;
  }

  /** Lets a context's thread make a call that nothing stops. */
  private ScriptContext lose(ScriptHost host, ScriptContext context) throws InterruptedException {
    var call = new Invocation(new RecordingConnection("jack"), null, host.limits);
    context
        .thread()
        .execute(() -> {
          try {
            var _ = context.call(Handler.ON_MESSAGE, call);
          } catch (LateException _) {
            // The call ended after it was abandoned.
          }
        });
    var found = lost.poll(50, TimeUnit.SECONDS);
    assertThat(found).isSameAs(context);
    return context;
  }

  private static ScriptHost host(int threads) {
    return ScriptHost.builder().threads(threads).firstCalls(1).build();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 2})
  void failedLoad_isRepeated(int failures) throws Exception {
    try (var host = host(1)) {
      var attempts = new AtomicInteger();
      var mayLoad = new CountDownLatch(1);
      ContextPool.Loader loader =
          thread -> {
            if (attempts.incrementAndGet() <= failures) {
              throw new IllegalStateException("shared is full");
            }
            awaits(mayLoad);
            return context(host, thread);
          };
      var pool =
          new ContextPool(
              "p", loader, Duration.ofMillis(1), new ScriptContext[] {context(host, 0)});
      var first = lose(host, pool.at(0, LONGEST));
      pool.replace(first, () -> {});
      if (failures > 0) {
        var refused =
            catchThrowableOfType(RefusedException.class, () -> pool.at(0, LONGEST)).refusal();
        assertThat(refused.status()).isEqualTo(503);
        assertThat(refused.retryAfterSeconds()).contains(1L);
      }
      mayLoad.countDown();
      var next = next(pool);
      assertThat(next).isNotSameAs(first);
      assertThat(next.lost()).isFalse();
      assertThat(attempts).hasValue(failures + 1);
      pool.close();
    }
  }

  @Test
  void replacement_whileLoading_usesContextOfOtherThread() throws Exception {
    try (var host = host(2)) {
      var mayLoad = new CountDownLatch(1);
      ContextPool.Loader loader =
          thread -> {
            awaits(mayLoad);
            return context(host, thread);
          };
      var contexts = new ScriptContext[] {context(host, 0), context(host, 1)};
      var pool = new ContextPool("p", loader, Duration.ofMillis(1), contexts);
      pool.replace(lose(host, contexts[0]), () -> {});
      assertThat(pool.at(0, LONGEST)).isSameAs(contexts[1]);
      assertThat(pool.at(1, LONGEST)).isSameAs(contexts[1]);
      mayLoad.countDown();
      pool.close();
    }
  }

  @Test
  void close_endsAttemptsToLoad() throws Exception {
    try (var host = host(1)) {
      var tried = new CountDownLatch(2);
      ContextPool.Loader loader =
          thread -> {
            tried.countDown();
            throw new IllegalStateException("shared is full");
          };
      var pool =
          new ContextPool(
              "p", loader, Duration.ofMillis(1), new ScriptContext[] {context(host, 0)});
      pool.replace(lose(host, pool.at(0, LONGEST)), () -> {});
      assertThat(tried.await(50, TimeUnit.SECONDS)).isTrue();
      pool.close();
      assertThat(pool.calls()).isPositive();
    }
  }

  /** Returns the next context. Calls before it is loaded are refused. */
  private static ScriptContext next(ContextPool pool) throws InterruptedException {
    while (true) {
      try {
        return pool.at(0, LONGEST);
      } catch (RefusedException _) {
        Thread.onSpinWait(); // the test has a time-out
      }
    }
  }

  private static void awaits(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
