package io.lhttp.scripts;

import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.Outcome;
import io.lhttp.message.Message;
import io.lhttp.testing.TestChain;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a script can do with {@code ctx}. */
class ContextTest {
  @TempDir Path path;
  private final ScriptHost host = new ScriptHost.Builder().eventLoops(1).build();

  @AfterEach
  void close() {
    host.close();
  }

  private TestChain processor(String text) {
    return processor(text, Map.of());
  }

  private TestChain processor(String text, Map<String, Object> options) {
    var script =
        new Folder(path).write("processors/chat.js", text).read(host, "processors/chat.js");
    return new TestChain.Builder().processor("chat", script.processor("chat", options)).build();
  }

  private TestChain filter(String text) {
    var script = new Folder(path).write("filters/f.js", text).read(host, "filters/f.js");
    return new TestChain.Builder()
        .filter("f", script.filter("f", Map.of()))
        .processor("chat", exchange -> exchange.send("done"))
        .build();
  }

  private static String reply(TestChain chain, Message message) {
    return chain.send(chain.connect("jack"), message).replies().getFirst().body();
  }

  @Test
  void aProcessorAnswers() {
    var chain = processor("export function onMessage(ctx) { ctx.send(`you said ${ctx.body}`); }");
    assertThat(reply(chain, Message.of("chat", "hi"))).isEqualTo("you said hi");
  }

  @Test
  void aFilterRefuses() {
    var chain =
        filter(
            """
            export function before(ctx) {
              if (ctx.body && ctx.body === ctx.body.toUpperCase()) ctx.refuse(422, "no shouting");
            }
            """);
    var connection = chain.connect("jack");
    assertThat(chain.send(connection, Message.of("chat", "HELLO")).outcome())
        .isEqualTo(Outcome.refused(422, "no shouting"));
    assertThat(chain.send(connection, Message.of("chat", "hello")).outcome())
        .isEqualTo(Outcome.done());
  }
}
