package io.lhttp.app.run;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.app.Processes;
import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Tests options of the compiler in {@code lhttp.yaml}, with servers in processes of their own. */
class JavaOptionsTest extends ProcessFixture {
  @Test
  void previewFeature_onServerWithOption_runsAndReloads() throws Exception {
    write("lhttp.yaml", "processors: { size: Size }\njava: { options: [--enable-preview] }\n");
    write("processors/Size.java", size("small"));
    var dev = start("--enable-preview");
    var server = Processes.listening(dev);
    assertThat(answer(server)).isEqualTo("small");
    var output = dev.inputReader(UTF_8);

    write("processors/Size.java", size("tiny"));

    assertThat(Processes.line(output, "reloaded")).endsWith("processors/Size.java changed");
    assertThat(answer(server)).isEqualTo("tiny");
  }

  @Test
  void previewOption_onServerWithoutIt_isRefusedWithRemedy() throws Exception {
    write("lhttp.yaml", "processors: { size: Size }\njava: { options: [--enable-preview] }\n");
    write("processors/Size.java", size("small"));

    var dev = start();

    assertThat(new String(dev.getErrorStream().readAllBytes(), UTF_8))
        .startsWith(
            folder
                + "/lhttp.yaml:2:19: java.options[0]: the server itself needs --enable-preview, too:"
                + " start it with LHTTP_JAVA_OPTIONS=--enable-preview");
    assertThat(Processes.exitCode(dev)).isEqualTo(1);
  }

  @Test
  void lintWarning_inDev_isShownAfterReloadWithLine() throws Exception {
    write("lhttp.yaml", "processors: { size: Size }\njava: { options: ['-Xlint:all'] }\n");
    var size = size("small").replace("instanceof byte _", "< 128");
    write("processors/Size.java", size);
    var dev = start();
    var lines = new ArrayList<String>();
    Processes.listening(dev, lines);
    assertThat(lines).noneMatch(line -> line.startsWith("warning"));
    var output = dev.inputReader(UTF_8);

    write(
        "processors/Size.java",
        size.replace("exchange.send(", "java.util.List raw; exchange.send("));

    assertThat(Processes.line(output, "warning"))
        .isEqualTo(
            "warning    " + folder + "/processors/Size.java:3:14: found raw type: java.util.List");
  }

  private static String size(String word) {
    return """
    public class Size implements io.lhttp.Processor {
      public void onMessage(io.lhttp.Exchange exchange) {
        exchange.send(exchange.request().body().length() instanceof byte _ ? "WORD" : "large");
      }
    }
    """
        .replace("WORD", word);
  }

  private String answer(URI server) throws Exception {
    return ask(server, "size", "hello");
  }

  /** Starts {@code dev} with options of the JVM. */
  private Process start(String... options) throws IOException {
    return processes.lhttp(List.of(options), List.of("dev", folder.toString(), "--port", "0"));
  }
}
