package io.lhttp.app.run;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.app.Processes;
import io.lhttp.testing.Eventually;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A server in a process of its own lets go of the classes with which it started. */
class FirstGenerationTest extends ProcessFixture {
  @ParameterizedTest
  @ValueSource(strings = {"serve", "dev"})
  void changedClass_leavesOneClassLoader(String mode) throws Exception {
    write("lhttp.yaml", "processors: { echo: Echo }\nprobation: 0s\n");
    write("processors/Echo.java", echo("one"));
    var process =
        processes.lhttp(
            List.of(mode, folder.toString(), "--port", "0", "--set", "admin=127.0.0.1:0"));
    var server = Processes.listening(process);
    try (var log = process.errorReader(UTF_8)) {
      var admin = Processes.admin(log);
      assertThat(ask(server, "echo", "hi")).isEqualTo("one hi");
      assertThat(get(admin, "/metrics")).contains("lhttp_class_loaders 1.0");

      write("processors/Echo.java", echo("two"));
      if (mode.equals("serve")) {
        assertThat(post(admin, "/reload")).contains("swapped");
      }

      Eventually.holds(
          "generation 2 runs", () -> get(admin, "/metrics").contains("lhttp_generation 2.0"));
      assertThat(ask(server, "echo", "hi")).isEqualTo("two hi");
      Eventually.holds(
          "the classes of generation 1 are gone",
          () -> {
            collectGarbage(process);
            return get(admin, "/metrics").contains("lhttp_class_loaders 1.0");
          });
    }
  }

  private static String echo(String word) {
    return """
    public class Echo implements io.lhttp.Processor {
      public void onMessage(io.lhttp.Exchange exchange) {
        exchange.send("%s " + exchange.request().body());
      }
    }
    """
        .formatted(word);
  }

  /** Lets the JVM of another process collect garbage and unload classes. */
  private void collectGarbage(Process process) {
    var jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd").toString();
    try {
      var asked =
          processes.start(
              new ProcessBuilder(jcmd, Long.toString(process.pid()), "GC.run")
                  .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                  .redirectError(ProcessBuilder.Redirect.DISCARD));
      assertThat(asked.waitFor(Processes.PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
