package io.lhttp.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.lhttp.filters.pubsub.PubSubFilter;
import io.lhttp.testing.LhttpServerExtension;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** The scripts of the JavaScript client's README run in Node against this server. */
class JsReadmeTest {
  private static final Path CLIENT = AppProcess.HOME.resolve("clients/js");

  @RegisterExtension
  final LhttpServerExtension server =
      new LhttpServerExtension(builder ->
          builder
              .filter("pubsub", new PubSubFilter())
              .processor("echo", e -> e.reply().body(e.request().bodyBytes()).send()));

  @TempDir private Path folder;

  @Test
  void firstSteps_printWhatIsPublished() throws Exception {
    assertThat(printed("connection.subscribe(\"lobby\"", "Mia: hello")).isTrue();
  }

  @Test
  void listening_printsTheReply() throws Exception {
    assertThat(printed("connection.on(\"gap\"", "Uint8Array(3) [ 1, 2, 3 ]")).isTrue();
  }

  @Test
  void parts_printWhatArrives() throws Exception {
    assertThat(printed("partsOf", "soup.txt: 4 bytes")).isTrue();
  }

  /**
   * Runs the block that contains these words, until it prints this line or ends. Returns whether it
   * printed the line.
   */
  private boolean printed(String words, String line) throws IOException {
    var block = DocBlock.first("clients/js/README.md", "js", words);
    var script =
        block
            .text()
            .replace("\"lhttp-client\"", "\"" + CLIENT.resolve("lhttp.js").toUri() + "\"")
            .replaceAll("\"wss?://[^\"]+\"", "\"" + server.uri() + "\"");
    assertThat(script).isNotEqualTo(block.text());
    var file = folder.resolve("block.mjs");
    Files.writeString(file, "globalThis.localStorage ??= { getItem: () => null };\n" + script);
    Process node;
    try {
      node =
          new ProcessBuilder(List.of("node", "--experimental-websocket", file.toString()))
              .redirectErrorStream(true)
              .start();
    } catch (IOException e) {
      assumeTrue(false, "missing program: node 20 or newer");
      return false;
    }
    try (var output = node.inputReader()) {
      return output.lines().anyMatch(line::equals);
    } finally {
      node.destroyForcibly();
    }
  }
}
