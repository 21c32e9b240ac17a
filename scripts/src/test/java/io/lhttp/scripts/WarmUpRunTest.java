package io.lhttp.scripts;

import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.message.Message;
import io.lhttp.testing.TestChain;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A warm-up makes many calls without effects. */
@Timeout(120)
class WarmUpRunTest {
  private static ScriptHost host;

  @TempDir Path path;

  @BeforeAll
  static void start() {
    host = ScriptHost.builder().eventLoops(1).callTime(Duration.ofSeconds(5)).warm(true).build();
    host.awake();
  }

  @AfterAll
  static void stop() {
    host.close();
  }

  private Script script(String text) {
    return new Folder(path).write("processors/p.js", text).read(host, "processors/p.js");
  }

  /**
   * Repeats warm-ups until enough calls were made, because on a slow machine one warm-up makes
   * fewer.
   */
  private static int warm(Script script, int atLeast) {
    var calls = 0;
    while (calls < atLeast) {
      calls = new WarmUpRun(host, script, Role.PROCESSOR, "p", "{}", List.of()).run();
    }
    return calls;
  }

  @Test
  void warming_leavesLiveStateUnchanged() {
    var script =
        script(
            """
            let calls = 0;
            setInterval(() => calls++, 1);
            export function onMessage(ctx) {
              calls++;
              ctx.shared.increment("calls");
              ctx.send(`${calls < 100} ${ctx.shared.get("calls")}`);
            }
            """);
    var before = host.sharedBytes();
    assertThat(warm(script, 100)).isGreaterThanOrEqualTo(100);
    assertThat(host.sharedBytes()).isEqualTo(before);
    try (var chain = TestChain.builder().processor("p", script.processor("p", Map.of())).build()) {
      var result = chain.send(chain.connect("jack"), Message.of("p", "{}"));
      assertThat(result.replies()).extracting(Message::body).containsExactly("true 1");
    }
  }

  @Test
  void warming_ofFailingScript_throwsNothing() {
    var failing = script("export function onMessage(ctx) { throw new Error(ctx.body); }");
    assertThat(warm(failing, 100)).isGreaterThanOrEqualTo(100);
    var waiting = script("export async function onMessage(ctx) { await fetch('http://x/'); }");
    assertThat(warm(waiting, 1)).isEqualTo(1);
  }

  @Test
  void warmingBesideMessages_asksBetweenCallsWhetherToContinue() throws InterruptedException {
    var script = script("export function onMessage(ctx) { ctx.send(ctx.body); }");
    var asking = ConcurrentHashMap.<String>newKeySet();
    var run = new WarmUpRun(host, script, Role.PROCESSOR, "p", "{}", List.of());
    var _ =
        run.runBeside(() -> {
          asking.add(Thread.currentThread().getName());
          return !asking.contains("lhttp-script-warming");
        });
    assertThat(asking).contains("lhttp-script-warming");
  }

  @Test
  void warming_ofEndlessScript_isGivenUp() {
    assertThat(warm(script("export function onMessage() { for (;;); }"), 1)).isEqualTo(1);
  }
}
