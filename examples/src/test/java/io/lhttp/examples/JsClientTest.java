package io.lhttp.examples;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.lhttp.channel.MemoryBroker;
import io.lhttp.channel.Retention;
import io.lhttp.filters.multipart.MultipartFilter;
import io.lhttp.filters.pubsub.PubSubFilter;
import io.lhttp.testing.LhttpServerExtension;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The tests of the JavaScript client pass in Node against this server. */
class JsClientTest {
  private static final Path CLIENT = AppProcess.HOME.resolve("clients/js");
  private static final int WEB_SOCKET_BY_DEFAULT = 22;
  private static final int WEB_SOCKET_BY_FLAG = 20;

  @RegisterExtension
  final LhttpServerExtension server =
      new LhttpServerExtension(builder ->
          builder
              .broker(new MemoryBroker(Map.of("log-*", Retention.DEFAULT)))
              .filter("pubsub", new PubSubFilter())
              .filter("multipart", new MultipartFilter())
              .processor("echo", e -> e.reply().body(e.request().bodyBytes()).send()));

  @Test
  void testsOfNode_pass() throws Exception {
    var version = nodeVersion();
    assumeTrue(version >= WEB_SOCKET_BY_FLAG, "missing program: node 20 or newer");
    if (!Files.exists(CLIENT.resolve("node_modules"))) {
      run(
          "npm",
          "install",
          "--no-audit",
          "--no-fund"); // installs TypeScript; if that fails, the test of types reports it
    }

    var tests =
        version < WEB_SOCKET_BY_DEFAULT
            ? run("node", "--experimental-websocket", "--test", "--test-reporter=tap")
            : run("node", "--test", "--test-reporter=tap");

    assertThat(tests.exitCode).as(tests.output).isZero();
    assertThat(count(tests.output, "pass")).as(tests.output).isPositive();
    assertThat(tests.output.lines().filter(line -> line.contains("# SKIP")))
        .allMatch(line -> line.contains("missing program: "));
    assertThat(count(tests.output, "todo")).isZero();
  }

  private Run run(String... command) throws IOException, InterruptedException {
    var builder = new ProcessBuilder(command).directory(CLIENT.toFile()).redirectErrorStream(true);
    builder.environment().put("LHTTP_URL", server.uri().toString());
    var process = builder.start();
    var output = new String(process.getInputStream().readAllBytes(), UTF_8);
    return new Run(process.waitFor(), output);
  }

  private int nodeVersion() throws InterruptedException {
    try {
      var version = run("node", "--version").output.strip();
      return Integer.parseInt(version.substring(1, version.indexOf('.')));
    } catch (IOException e) {
      return 0;
    }
  }

  private static int count(String tap, String what) {
    var line = Pattern.compile("^# " + what + " (\\d+)$", Pattern.MULTILINE).matcher(tap);
    return line.find() ? Integer.parseInt(line.group(1)) : -1;
  }

  private record Run(int exitCode, String output) {}
}
