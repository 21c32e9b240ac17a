package io.lhttp.scripts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lhttp.Principal;
import io.lhttp.message.Message;
import io.lhttp.scripts.context.Invocation;
import io.lhttp.scripts.context.ScriptContext;
import io.lhttp.scripts.context.SideEffects;
import io.lhttp.scripts.threads.LateException;
import io.lhttp.testing.Eventually;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The scripts of a cold start are warmed up once the server listens. */
@Timeout(120)
class WarmUpTest {
  private static final String FINE = "export function onMessage(ctx) { ctx.send('fine'); }";

  private static ScriptHost host;

  @TempDir Path path;

  @BeforeAll
  static void start() {
    host = ScriptHost.builder().eventLoops(1).callTime(Duration.ofSeconds(5)).build();
  }

  @AfterAll
  static void stop() {
    host.close();
  }

  private ScriptInstance load(String text) {
    var script = new Folder(path).write("processors/p.js", text).read(host, "processors/p.js");
    return ScriptInstance.load(host, script, "p", Role.PROCESSOR, Map.of());
  }

  @Test
  void scriptOfColdStart_isWarmedAfterStart() {
    try (var warmUp = new WarmUp(true);
        var script = load(FINE)) {
      assertThat(warmUp.waits()).isFalse();
      assertThat(warmUp.warm(script)).isFalse();
      assertThat(warmUp.waits()).isTrue();
      assertThat(warmUp.finished()).isZero();
      warmUp.start();
      Eventually.holds("nothing waits", () -> !warmUp.waits());
      assertThat(warmUp.finished()).isOne();
    }
  }

  @Test
  void scriptAfterStart_isWarmedAtOnce() {
    try (var warmUp = new WarmUp(true);
        var script = load(FINE)) {
      warmUp.start();
      assertThat(warmUp.warm(script)).isTrue();
      assertThat(warmUp.waits()).isFalse();
      assertThat(warmUp.finished()).isOne();
    }
  }

  /** Each of these warm-ups takes half a second of CPU time, so that few fit into the allowance. */
  @Test
  void scriptsBeyondAllowance_areWarmedInBackground() {
    var scripts = new ArrayList<ScriptInstance>();
    try (var warmUp = new WarmUp(false)) {
      for (var i = 0; i < 5; i++) {
        scripts.add(load("export function onMessage() { for (;;); }"));
      }
      warmUp.allow(WarmUpRun.TIME.plusSeconds(1));

      var now = scripts.stream().filter(warmUp::warm).count();

      assertThat(now).isBetween(1L, 3L);
      assertThat(warmUp.waits()).as("the server is ready").isFalse();
      Eventually.holds("all are warm", () -> warmUp.finished() == scripts.size());

      warmUp.allow(WarmUpRun.TIME);
      assertThat(warmUp.warm(scripts.getFirst())).as("in the next reload").isTrue();
    } finally {
      scripts.forEach(ScriptInstance::close);
    }
  }

  @Test
  void replacedScript_isNotWarmed() {
    var replaced = load(FINE);
    try (var warmUp = new WarmUp(true);
        var script = load(FINE)) {
      assertThat(warmUp.warm(replaced)).isFalse();
      assertThat(warmUp.warm(script)).isFalse();
      replaced.close();
      warmUp.start();
      Eventually.holds("nothing waits", () -> !warmUp.waits());
      assertThat(warmUp.finished()).isOne();
    }
  }

  @Test
  void failingOrEndlessScript_delaysNoOther() {
    try (var warmUp = new WarmUp(true);
        var failing = load("export function onMessage(ctx) { throw new Error(ctx.body); }");
        var endless = load("export function onMessage() { for (;;); }");
        var waiting = load("export async function onMessage() { await new Promise(() => {}); }");
        var script = load(FINE)) {
      assertThat(warmUp.warm(failing)).isFalse();
      assertThat(warmUp.warm(endless)).isFalse();
      assertThat(warmUp.warm(waiting)).isFalse();
      assertThat(warmUp.warm(script)).isFalse();
      warmUp.start();
      Eventually.holds("nothing waits", () -> !warmUp.waits());
      assertThat(warmUp.finished()).isEqualTo(4);
    }
  }

  @Test
  void interpretingHost_warmsNothing() {
    try (var cold = ScriptHost.builder().eventLoops(1).warm(true).startCold(true).build()) {
      var script = new Folder(path).write("processors/p.js", FINE).read(cold, "processors/p.js");
      try (var _ = ScriptInstance.load(cold, script, "p", Role.PROCESSOR, Map.of())) {
        assertThat(cold.warming()).isEqualTo(cold.compiled());
        cold.started();
        Eventually.holds("nothing waits", () -> !cold.warming());
      }
    }
  }

  @Test
  void coldHost_makesFirstCallsAfterStart() {
    try (var cold = ScriptHost.builder().eventLoops(1).startCold(true).build()) {
      var script = new Folder(path).write("processors/p.js", FINE).read(cold, "processors/p.js");
      try (var _ = ScriptInstance.load(cold, script, "p", Role.PROCESSOR, Map.of())) {
        assertThat(cold.limitsCalls()).isFalse();
        cold.started();
        Eventually.holds("the first calls were made", cold::limitsCalls);
      }
    }
  }

  @Test
  void callBeforeFirstCalls_mayTakeLoadTime() {
    var builder = ScriptHost.builder().eventLoops(1).startCold(true).firstCalls(1);
    try (var cold = builder.callTime(Duration.ofNanos(1)).build()) {
      var text = "export function onMessage() { for (let i = 0; i < 3e6; i++); }";
      var script = new Folder(path).write("processors/p.js", text).read(cold, "processors/p.js");
      try (var context =
          new ScriptContext(
              cold, cold.limits, script, cold.thread(0), "{}", SideEffects.none(cold))) {
        var exchange = new WarmUpExchange(Message.of("p", ""), Principal.ANONYMOUS);
        assertThat(
                context.call(Handler.ON_MESSAGE, new Invocation(exchange, exchange, cold.limits)))
            .as("late")
            .isFalse();
        assertThat(cold.awake()).isTrue();
        assertThatThrownBy(
                () -> {
                  for (; ; ) { // the watchdog checks calls every 10 ms
                    context.call(
                        Handler.ON_MESSAGE, new Invocation(exchange, exchange, cold.limits));
                  }
                })
            .isInstanceOf(LateException.class);
      }
    }
  }

  @Test
  void preparedEngine_isTakenByNextHost() {
    ScriptHost.prepare();
    try (var prepared = ScriptHost.builder().eventLoops(1).build()) {
      assertThat(PreparedEngine.take()).isEmpty();
      assertThat(prepared.awake()).isTrue();
    }
  }

  @Test
  void firstCallsOfHost_haveNoTimeLimit() {
    var none = Duration.ofNanos(1);
    var limits = Limits.DEFAULT;
    try (var tight =
        ScriptHost.builder()
            .eventLoops(1)
            .limits(
                new Limits(
                    none,
                    1,
                    none,
                    limits.waitTime(),
                    limits.bodyBytes(),
                    limits.textLength(),
                    limits.attributeBytes(),
                    limits.sharedBytes(),
                    limits.timers(),
                    limits.fetches()))
            .build()) {
      assertThat(tight.awake()).isTrue();
    }
  }
}
