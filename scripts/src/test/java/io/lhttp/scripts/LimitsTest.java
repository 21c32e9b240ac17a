package io.lhttp.scripts;

import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.Outcome;
import io.lhttp.message.Message;
import io.lhttp.testing.TestChain;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a script does too much of costs the message that made it do so, and nobody else. */
class LimitsTest {
  private static final Outcome FAILED = Outcome.refused(500, "the server failed");

  private static ScriptHost shared;

  @TempDir Path path;

  @BeforeAll
  static void start() {
    shared = new ScriptHost.Builder().eventLoops(1).sharedBytes(1 << 20).build();
  }

  @AfterAll
  static void stop() {
    shared.close();
  }

  private TestChain chain(ScriptHost host, String statement) {
    var script =
        new Folder(path)
            .write(
                "processors/p.js",
                """
                export function onMessage(ctx) {
                  if (ctx.body === "bad") { %s }
                  ctx.send("fine");
                }
                """
                    .formatted(statement))
            .read(host, "processors/p.js");
    return new TestChain.Builder().processor("p", script.processor("p", Map.of())).build();
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
  void theOffenderIsRefusedAndTheNextMessageIsFine(String statement) {
    try (var chain = chain(shared, statement)) {
      var connection = chain.connect("jack");
      var bad = chain.send(connection, Message.of("p", "bad"));
      assertThat(bad.outcome()).isEqualTo(FAILED);
      var good = chain.send(connection, Message.of("p", "good"));
      assertThat(good.replies()).extracting(Message::body).containsExactly("fine");
    }
  }

  @Test
  void anOwnThreadThatNothingStopsIsAbandoned() {
    try (var host = new ScriptHost.Builder().threads(1).build();
        var chain = chain(host, "((2n ** 300000n) ** 100n).toString();");
        var others = chain(host, "")) {
      var connection = chain.connect("jack");
      var begin = System.nanoTime();
      assertThat(chain.send(connection, Message.of("p", "bad")).outcome()).isEqualTo(FAILED);
      assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(10));
      assertThat(others.send(others.connect("jill"), Message.of("p", "good")).outcome())
          .isEqualTo(Outcome.done());
    }
  }

  @Test
  void whoeverIsStoppedAgainAndAgainIsNotCalledAnyMore() {
    try (var chain = chain(shared, "for (;;);")) {
      var connection = chain.connect("jack");
      for (var i = 0; i < 5; i++) {
        assertThat(chain.send(connection, Message.of("p", "bad")).outcome()).isEqualTo(FAILED);
      }
      assertThat(chain.send(connection, Message.of("p", "good")).outcome()).isEqualTo(FAILED);
    }
  }
}
