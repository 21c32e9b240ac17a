package io.lhttp.scripts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.lhttp.RefusedException;
import io.lhttp.scripts.context.Effects;
import io.lhttp.scripts.context.Invocation;
import io.lhttp.scripts.context.ScriptContext;
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

/** A realm that was lost is loaded again, as often as it takes. */
@Timeout(60)
class SeatsTest {
  private static final Duration LONGEST = Duration.ofSeconds(30);

  /** Nothing interrupts it, for a second or more: arithmetic looks for no interrupt. */
  private static final String TEXT =
      "export function onMessage() { ((2n ** 300000n) ** 20n).toString(); }";

  private final LinkedBlockingQueue<ScriptContext> lost = new LinkedBlockingQueue<>();

  private ScriptContext realm(ScriptHost host, int thread) {
    var script = new Script(host, Map.of("p.js", new SourceFile("p.js", TEXT)));
    var realm =
        new ScriptContext(host, host.limits, script, host.thread(thread), "{}", Effects.none(host));
    realm.listener(
        new ScriptContext.Listener() {
          @Override
          public void late(Caller caller) {}

          @Override
          public void lost(ScriptContext realm, @Nullable Origin origin) {
            if (origin != null && origin.caller().connection().equals("jack")) {
              lost.add(realm);
            }
          }
        });
    return realm;
  }

  /** Has its thread make a call that nothing stops. */
  private ScriptContext lose(ScriptHost host, ScriptContext realm) throws InterruptedException {
    var call = new Invocation(new RecordingConnection("jack"), null, host.limits);
    realm
        .thread()
        .execute(() -> {
          try {
            var _ = realm.call(Handler.ON_MESSAGE, call);
          } catch (LateException _) {
            // once it has ended after all
          }
        });
    var found = lost.poll(50, TimeUnit.SECONDS);
    assertThat(found).isSameAs(realm);
    return realm;
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
      Seats.Loader loader =
          thread -> {
            if (attempts.incrementAndGet() <= failures) {
              throw new IllegalStateException("shared is full");
            }
            awaits(mayLoad);
            return realm(host, thread);
          };
      var seats =
          new Seats("p", loader, Duration.ofMillis(1), new ScriptContext[] {realm(host, 0)});
      var first = lose(host, seats.at(0, LONGEST));
      seats.replace(first, () -> {});
      if (failures > 0) {
        var refused =
            catchThrowableOfType(RefusedException.class, () -> seats.at(0, LONGEST)).refusal();
        assertThat(refused.status()).isEqualTo(503);
        assertThat(refused.retryAfterSeconds()).contains(1L);
      }
      mayLoad.countDown();
      var next = next(seats);
      assertThat(next).isNotSameAs(first);
      assertThat(next.lost()).isFalse();
      assertThat(attempts).hasValue(failures + 1);
      seats.close();
    }
  }

  @Test
  void replacement_whileLoading_usesContextOfOtherThread() throws Exception {
    try (var host = host(2)) {
      var mayLoad = new CountDownLatch(1);
      Seats.Loader loader =
          thread -> {
            awaits(mayLoad);
            return realm(host, thread);
          };
      var realms = new ScriptContext[] {realm(host, 0), realm(host, 1)};
      var seats = new Seats("p", loader, Duration.ofMillis(1), realms);
      seats.replace(lose(host, realms[0]), () -> {});
      assertThat(seats.at(0, LONGEST)).isSameAs(realms[1]);
      assertThat(seats.at(1, LONGEST)).isSameAs(realms[1]);
      mayLoad.countDown();
      seats.close();
    }
  }

  @Test
  void close_endsAttemptsToLoad() throws Exception {
    try (var host = host(1)) {
      var tried = new CountDownLatch(2);
      Seats.Loader loader =
          thread -> {
            tried.countDown();
            throw new IllegalStateException("shared is full");
          };
      var seats =
          new Seats("p", loader, Duration.ofMillis(1), new ScriptContext[] {realm(host, 0)});
      seats.replace(lose(host, seats.at(0, LONGEST)), () -> {});
      assertThat(tried.await(50, TimeUnit.SECONDS)).isTrue();
      seats.close();
      assertThat(seats.calls()).isPositive();
    }
  }

  /** Those who come before the next realm is there are refused. */
  private static ScriptContext next(Seats seats) throws InterruptedException {
    while (true) {
      try {
        return seats.at(0, LONGEST);
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
