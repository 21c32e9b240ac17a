package io.lhttp.examples;

import static java.nio.charset.StandardCharsets.UTF_8;
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

  /** Node finds the package by its name in an empty folder, as in a user's project. */
  @Test
  void package_installs_andRunsAsModuleAndCommonJs() throws Exception {
    var install = DocBlock.first("clients/js/README.md", "sh", "npm pack").text();
    var shell =
        new ProcessBuilder("sh", "-ec", install.replace("../lhttp/clients/js", CLIENT.toString()))
            .directory(folder.toFile())
            .redirectErrorStream(true);
    shell.environment().put("npm_config_audit", "false");
    shell.environment().put("npm_config_fund", "false");
    assumeTrue(hasNpm(), "missing program: npm");
    var installed = shell.start();
    var said = new String(installed.getInputStream().readAllBytes(), UTF_8);
    assertThat(installed.waitFor()).as(said).isZero();
    Files.createDirectory(folder.resolve("node_modules/ws"));
    Files.writeString( // in place of the package ws, which needs a registry
        folder.resolve("node_modules/ws/index.js"), "exports.WebSocket = globalThis.WebSocket;\n");

    var module = DocBlock.first("clients/js/README.md", "js", "connection.subscribe(\"lobby\"");
    assertThat(printed("module.mjs", atServer(module.text()), "Mia: hello")).isTrue();
    var common = DocBlock.first("clients/js/README.md", "js", "require(\"ws\")");
    assertThat(printed("common.cjs", atServer(common.text()), "hi")).isTrue();
  }

  private static boolean hasNpm() throws InterruptedException {
    try {
      return new ProcessBuilder("npm", "--version").start().waitFor() == 0;
    } catch (IOException e) {
      return false;
    }
  }

  private String atServer(String block) {
    return block.replaceAll("\"wss?://[^\"]+\"", "\"" + server.uri() + "\"");
  }

  /**
   * Runs the block that contains these words, until it prints this line or ends. Returns whether it
   * printed the line.
   */
  private boolean printed(String words, String line) throws IOException {
    var block = DocBlock.first("clients/js/README.md", "js", words);
    var client =
        block.text().replace("\"lhttp-client\"", "\"" + CLIENT.resolve("lhttp.js").toUri() + "\"");
    var script = atServer(client);
    assertThat(script).isNotEqualTo(block.text());
    return printed(
        "block.mjs", "globalThis.localStorage ??= { getItem: () => null };\n" + script, line);
  }

  private boolean printed(String name, String script, String line) throws IOException {
    var file = folder.resolve(name);
    Files.writeString(file, script);
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
