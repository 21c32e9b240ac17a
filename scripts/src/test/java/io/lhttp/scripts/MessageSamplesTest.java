package io.lhttp.scripts;

import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.Principal;
import io.lhttp.message.Message;
import io.lhttp.scripts.MessageSamples.Sample;
import io.lhttp.testing.TestChain;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A script's next generation is warmed up with messages that the script has received. */
class MessageSamplesTest {
  private static ScriptHost host;

  @TempDir Path path;

  @BeforeAll
  static void start() {
    host = ScriptHost.builder().eventLoops(1).build();
  }

  @AfterAll
  static void stop() {
    host.close();
  }

  @Test
  void message_isSampledUnderNameOfLink() {
    var script =
        new Folder(path)
            .write("processors/kept.js", "export function onMessage(ctx) { ctx.send('fine'); }")
            .read(host, "processors/kept.js");
    var message = Message.of("kept", "hello");
    try (var chain =
        TestChain.builder().processor("kept", script.processor("kept", Map.of())).build()) {
      var _ = chain.send(chain.connect("jack"), message);
    }
    assertThat(host.samples.of("processor kept").list())
        .extracting(Sample::message)
        .containsExactly(message);
    assertThat(host.samples.of("filter kept").list()).isEmpty();
  }

  @Test
  void samples_keepFourOfManyMessages() {
    var samples = new MessageSamples();
    IntStream.range(0, 10_000).forEach(i -> samples.offer(exchange("m" + i)));
    assertThat(samples.list())
        .hasSize(4)
        .extracting(sample -> sample.message().body())
        .doesNotContain("m0");
  }

  @Test
  void largeMessage_isNotSampled() {
    var samples = new MessageSamples();
    samples.offer(exchange("x".repeat(4_096)));
    assertThat(samples.list()).isEmpty();
  }

  @Test
  void book_full_forgetsSamplesOfOldestScript() {
    var byScript = new MessageSamples.ByScript();
    var first = byScript.of("0");
    var second = byScript.of("1");
    IntStream.range(2, 256).forEach(i -> byScript.of("" + i));
    assertThat(byScript.of("0")).isSameAs(first);
    byScript.of("256"); // takes the place of the script 1
    assertThat(byScript.of("0")).isSameAs(first);
    assertThat(byScript.of("1")).isNotSameAs(second);
  }

  @Test
  @Timeout(120)
  void warming_startsWithSamples() {
    var script =
        new Folder(path)
            .write(
                "processors/p.js",
                """
                export function onMessage(ctx) {
                  if (ctx.body === "real" && ctx.connection.user === "jack") for (;;);
                }
                """)
            .read(host, "processors/p.js");
    var sample = new Sample(Message.of("p", "real"), new Principal("jack", Map.of()));
    var calls = 0;
    while (calls == 0) { // on a slow machine a warm-up may end before its first call
      calls = new WarmUpRun(host, script, Role.PROCESSOR, "p", "{}", List.of(sample)).run();
    }
    assertThat(calls).isEqualTo(1);
  }

  private static WarmUpExchange exchange(String body) {
    return new WarmUpExchange(Message.of("m", body), Principal.ANONYMOUS);
  }
}
