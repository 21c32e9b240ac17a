package io.lhttp.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.lhttp.filters.multipart.MultipartFilter;
import io.lhttp.filters.pubsub.PubSubFilter;
import io.lhttp.testing.LhttpServerExtension;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The JavaScript client's own tests, by Node's runner, against this server. */
class JsClientTest {
  private static final int WEB_SOCKET_BY_DEFAULT = 22;
  private static final int WEB_SOCKET_BY_FLAG = 20;

  @RegisterExtension
  final LhttpServerExtension server =
      new LhttpServerExtension(builder ->
          builder
              .filter("pubsub", new PubSubFilter())
              .filter("multipart", new MultipartFilter())
              .processor("echo", exchange -> exchange.send(exchange.request().body())));

  @Test
  void nodesTestsPass() throws Exception {
    var version = nodeVersion();
    assumeTrue(version >= WEB_SOCKET_BY_FLAG, "missing program: node 20 or newer");
    var command = new ArrayList<>(List.of("node"));
    if (version < WEB_SOCKET_BY_DEFAULT) {
      command.add("--experimental-websocket");
    }
    command.addAll(List.of("--test", "--test-reporter=tap"));

    var process =
        new ProcessBuilder(command)
            .directory(AppProcess.HOME.resolve("clients/js").toFile())
            .redirectErrorStream(true);
    process.environment().put("LHTTP_URL", server.uri().toString());
    var running = process.start();
    var output =
        new String(
            running.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);

    assertThat(running.waitFor()).as(output).isZero();
    assertThat(count(output, "pass")).as(output).isPositive();
    assertThat(count(output, "skipped") + count(output, "todo")).as(output).isZero();
  }

  private static int nodeVersion() throws InterruptedException {
    try {
      var node = new ProcessBuilder("node", "--version").start();
      var version =
          new String(node.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
      node.waitFor();
      return Integer.parseInt(version.strip().substring(1).split("\\.", -1)[0]);
    } catch (IOException e) {
      return 0;
    }
  }

  private static int count(String tap, String what) {
    var line = Pattern.compile("^# " + what + " (\\d+)$", Pattern.MULTILINE).matcher(tap);
    return line.find() ? Integer.parseInt(line.group(1)) : -1;
  }
}
