package io.lhttp.scripts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatNoException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lhttp.Attributes;
import io.lhttp.CloseStatus;
import io.lhttp.Outcome;
import io.lhttp.message.Message;
import io.lhttp.scripts.context.AttributeValues;
import io.lhttp.scripts.context.SharedStore;
import io.lhttp.scripts.testing.ManualTime;
import io.lhttp.scripts.text.Bodies;
import io.lhttp.scripts.text.JsonText;
import io.lhttp.testing.TestChain;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A call that exceeds a limit fails for its client alone. */
class LimitsTest {
  private static final Outcome FAILED = Outcome.refused(500, "the server failed");

  private static ScriptHost shared;

  private final ManualTime time = new ManualTime();

  @TempDir Path path;

  @BeforeAll
  static void start() {
    shared = ScriptHost.builder().eventLoops(1).sharedBytes(1 << 20).firstCalls(2).build();
  }

  @AfterAll
  static void stop() {
    shared.close();
  }

  private TestChain chain(ScriptHost host, String statement) {
    return processor(
        host,
        """
        export function onMessage(ctx) {
          if (ctx.body === "bad") { %s }
          ctx.send("fine");
        }
        """
            .formatted(statement));
  }

  private TestChain processor(ScriptHost host, String text) {
    var script = new Folder(path).write("processors/p.js", text).read(host, "processors/p.js");
    return TestChain.builder().processor("p", script.processor("p", Map.of())).build();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "for (;;);",
        "try { for (;;); } finally { ctx.send('never'); }",
        "/^((a+)+)\\2$/.test('a'.repeat(40) + 'b');",
        "const f = () => 1 + f(); f();",
        "'x'.repeat(1e9);",
        "'x'.padEnd(1e9);",
        "let s = 'x'; for (;;) s += s;",
        "new Array(1e9).fill(0);",
        "new Uint8Array(2e9);",
        "new ArrayBuffer(2e9);",
        "const f = () => Promise.resolve().then(f); f();",
        "for (;;) setTimeout(() => {}, 1e6);",
        "for (;;) queueMicrotask(() => {});",
        "ctx.send('x'.repeat(3e6));",
        "for (let i = 0;; i++) ctx.shared.set('k' + i, 'x'.repeat(1e5));",
        "for (let i = 0;; i++) ctx.attributes.set('k' + i, 'x'.repeat(1e4));",
      })
  void excessiveCall_failsAndNextMessagePasses(String statement) {
    try (var chain = chain(shared, statement)) {
      var connection = chain.connect("jack");
      var bad = chain.send(connection, Message.of("p", "bad"));
      assertThat(bad.outcome()).isEqualTo(FAILED);
      var good = chain.send(connection, Message.of("p", "good"));
      assertThat(good.replies()).extracting(Message::body).containsExactly("fine");
    }
  }

  /**
   * An expression that runs for a second or more despite an interrupt, because arithmetic does not
   * check for interrupts.
   */
  private static final String ENDLESS = "((2n ** 300000n) ** 20n).toString();";

  private static ScriptHost ownThreads(int threads) {
    return ScriptHost.builder().threads(threads).firstCalls(1).build();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void unstoppableCall_abandonsThreadAndFailsItsCallerAlone(int threads) {
    try (var host = ownThreads(threads);
        var chain = chain(host, ENDLESS);
        var others = chain(host, "")) {
      var connection = chain.connect("jack");
      assertThat(chain.send(connection, Message.of("p", "bad")).outcome()).isEqualTo(FAILED);
      assertThat(others.send(others.connect("jill"), Message.of("p", "good")).outcome())
          .as("another script")
          .isEqualTo(Outcome.done());
      assertThat(chain.send(chain.connect("jill"), Message.of("p", "good")).outcome())
          .as("another client of the same script")
          .isEqualTo(Outcome.done());
      assertThat(chain.send(connection, Message.of("p", "good")).outcome())
          .isInstanceOfSatisfying(
              Outcome.Refused.class, refused -> assertThat(refused.status()).isEqualTo(429));
    }
  }

  @Test
  void unstoppableContinuation_isAbandonedAndCallFails() {
    try (var host = ownThreads(1);
        var chain =
            processor(
                host,
                """
                export async function onMessage(ctx) {
                  await new Promise((resolve) => setTimeout(resolve, 1));
                  if (ctx.body === "bad") { %s }
                  ctx.send("fine");
                }
                """
                    .formatted(ENDLESS))) {
      var connection = chain.connect("jack");
      assertThat(chain.send(connection, Message.of("p", "bad")).outcome()).isEqualTo(FAILED);
      assertThat(chain.send(chain.connect("jill"), Message.of("p", "good")).outcome())
          .isEqualTo(Outcome.done());
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "export function onMessage(ctx) { if (ctx.body) for (;;); }",
        "export async function onMessage(ctx) { if (ctx.body) for (;;); }",
        """
        export async function onMessage(ctx) {
          await null;
          if (ctx.body) for (;;);
        }
        """,
        """
        export async function onMessage(ctx) {
          await new Promise((resolve) => setTimeout(resolve, 1));
          if (ctx.body) for (;;);
        }
        """,
      })
  void fiveSlowCalls_excludeConnectionButNotScript(String text) {
    try (var chain = processor(shared, text)) {
      var connection = chain.connect("jack");
      for (var i = 0; i < 5; i++) {
        assertThat(chain.send(connection, Message.of("p", "bad")).outcome()).isEqualTo(FAILED);
      }
      for (var i = 0; i < 6; i++) {
        assertThat(connection.closed()).isEmpty();
        assertThat(chain.send(connection, Message.of("p", "")).outcome())
            .isInstanceOfSatisfying(
                Outcome.Refused.class, refused -> assertThat(refused.status()).isEqualTo(429));
      }
      assertThat(connection.closed()).map(CloseStatus::code).contains(4429);
      assertThat(chain.send(chain.connect("jill"), Message.of("p", "")).outcome())
          .isEqualTo(Outcome.done());
    }
  }

  @Test
  void slowTimer_countsAgainstItsCaller() {
    try (var host = ScriptHost.builder().eventLoops(1).firstCalls(1).time(time).build();
        var chain =
            processor(
                host,
                """
                export function onMessage(ctx) {
                  if (ctx.body) setTimeout(() => { for (;;); }, 1);
                }
                """)) {
      var connection = chain.connect("jack");
      for (var i = 0; i < 5; i++) {
        assertThat(chain.send(connection, Message.of("p", "bad")).outcome())
            .isEqualTo(Outcome.done());
        time.advance(Duration.ofMillis(1));
      }
      assertThat(chain.send(connection, Message.of("p", "")).outcome())
          .isInstanceOfSatisfying(
              Outcome.Refused.class, refused -> assertThat(refused.status()).isEqualTo(429));
      assertThat(chain.send(chain.connect("jill"), Message.of("p", "")).outcome())
          .isEqualTo(Outcome.done());
    }
  }

  @Test
  void endlessLoop_afterFirstCalls_endsAtCallTime() {
    try (var host = ScriptHost.builder().eventLoops(1).callTime(Duration.ofMillis(20)).build();
        var chain = processor(host, "export function onMessage(ctx) { for (;;); }")) {
      var connection = chain.connect("jack");
      var threads = ManagementFactory.getThreadMXBean();
      var began = threads.getCurrentThreadCpuTime();
      assertThat(chain.send(connection, Message.of("p", "")).outcome()).isEqualTo(FAILED);
      var first = threads.getCurrentThreadCpuTime();
      assertThat(chain.send(connection, Message.of("p", "")).outcome()).isEqualTo(FAILED);
      var second = threads.getCurrentThreadCpuTime();
      assertThat(Duration.ofNanos(first - began)).isGreaterThan(Duration.ofMillis(800));
      assertThat(Duration.ofNanos(second - first))
          .isBetween(Duration.ofMillis(20), Duration.ofMillis(500));
    }
  }

  private static final List<String> SLOW_AT_FIRST =
      List.of(
          "['b', 'ä'].sort((a, b) => a.localeCompare(b, 'sv'))",
          "new Date(0).toLocaleString('ja', { timeZone: 'Asia/Tokyo', dateStyle: 'full' })",
          "new Intl.NumberFormat('ar', { style: 'currency', currency: 'EGP' }).format(1)",
          "[...new Intl.Segmenter('th').segment('สวัสดี')].length",
          "'é'.normalize('NFD').replace(/\\p{M}/gu, '')",
          "/^([a-z0-9._%+-]+)@([a-z0-9.-]+)$/.test('a.b@example.org '.repeat(1300))");

  @Test
  void firstUse_ofSlowBuiltIn_isNotStopped() {
    try (var host = ScriptHost.builder().eventLoops(1).build()) {
      for (var expression : SLOW_AT_FIRST) {
        var text = "export function onMessage(ctx) { ctx.send(%s); }".formatted(expression);
        try (var chain = processor(host, text)) {
          assertThat(chain.send(chain.connect("jack"), Message.of("p", "")).outcome())
              .as(expression)
              .isEqualTo(Outcome.done());
        }
      }
    }
  }

  @Test
  void moduleStatements_overLoadTime_areStopped() {
    try (var host = ScriptHost.builder().eventLoops(1).loadTime(Duration.ofMillis(50)).build()) {
      assertThatExceptionOfType(ScriptException.class)
          .isThrownBy(() -> processor(host, "for (;;);\nexport function onMessage() {}"))
          .withMessage("processors/p.js:1:1: it took more than 50 ms of CPU time and was stopped");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "x, 65535, true",
    "x, 65536, true",
    "x, 65537, false",
    "é, 32768, true",
    "é, 32769, false",
    "€, 21845, true",
    "€, 21846, false",
    "😀, 16384, true",
    "😀, 16385, false",
  })
  void limits_countUtf8Bytes(String character, int times, boolean fits) {
    var values = AttributeValues.of(new Attributes(), (64 << 10) + 64 + 1);
    var store = new SharedStore((64 << 10) + 100 + 1, time);
    var text = character.repeat(times);
    var json = new JsonText(text);
    for (ThrowingCallable put :
        List.<ThrowingCallable>of(
            () -> values.setText("k", text),
            () -> values.setJson("k", text),
            () -> store.set("k", text, Duration.ZERO),
            () -> store.set("k", json, Duration.ZERO),
            () -> Bodies.limited(text, 64 << 10))) {
      if (fits) {
        assertThatNoException().isThrownBy(put);
      } else {
        assertThatThrownBy(put).hasMessageMatching(".*(65536|65601|65637).*");
      }
    }
  }
}
