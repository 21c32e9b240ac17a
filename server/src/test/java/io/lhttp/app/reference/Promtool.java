package io.lhttp.app.reference;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.fixture.Programs;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;

/** Runs Prometheus' {@code promtool}, and skips the test without it. */
final class Promtool {
  private Promtool() {}

  /**
   * Runs a command on a file of rules or of their tests, which must succeed. Returns its output.
   *
   * @param command {@code check} or {@code test}
   */
  static String rules(Path folder, String command, String file)
      throws IOException, InterruptedException {
    var promtool = Programs.find("promtool");
    Assumptions.assumeTrue(promtool.isPresent(), "missing program: promtool");
    var run =
        new ProcessBuilder(promtool.get().toString(), command, "rules", file)
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .start();
    var output = new String(run.getInputStream().readAllBytes(), UTF_8);
    assertThat(run.waitFor()).as(output).isZero();
    return output;
  }
}
