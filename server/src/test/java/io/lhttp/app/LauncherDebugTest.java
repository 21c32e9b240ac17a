package io.lhttp.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code ./lhttp dev --debug} starts the JVM with its debugging agent. */
class LauncherDebugTest extends LauncherFixture {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        // the command, and the debug port that the launcher checks
        "dev x --debug       | 5005",
        "dev --debug x       | 5005",
        "dev --debug 7000 x  | 7000",
        "dev x --debug=7000  | 7000",
        "dev x --debug=a     | a",
      })
  void devDebug_startsJvmWithAgentAtCheckedPort(String line, String asked) throws Exception {
    debugPort("for last; do :; done; echo \"$last\" >asked; echo 7001");

    var run = lhttp(line.split(" ", -1));

    assertThat(run.output())
        .contains(
            " -agentlib:jdwp=transport=dt_socket,server=y,suspend=n,address=127.0.0.1:7001 ",
            "io.lhttp.app.Main " + line);
    assertThat(folder.resolve("asked")).content().isEqualTo(asked + "\n");
  }

  @ParameterizedTest
  @ValueSource(strings = {"dev x", "serve x --debug", "new --debug", "dev x --debugger"})
  void otherCommands_startNoAgent(String line) throws Exception {
    debugPort("echo 7001");

    assertThat(lhttp(line.split(" ", -1)).output()).contains("JAVA ").doesNotContain("jdwp");
  }

  @Test
  void agentInJavaOptions_isKeptAlone() throws Exception {
    debugPort("echo 7001");

    assertThat(
            lhttp(
                    List.of("LHTTP_JAVA_OPTIONS=-agentlib:jdwp=server=y,address=*:9000"),
                    "dev",
                    "x",
                    "--debug")
                .output())
        .containsOnlyOnce("jdwp")
        .contains("address=*:9000");
  }

  @Test
  void refusedDebugPort_endsWithItsErrorAlone() throws Exception {
    debugPort("echo 'lhttp dev: no such port' >&2; exit 2");
    lhttp("dev", "x");

    var run = lhttp(List.of("LHTTP_CACHE=none"), "dev", "x", "--debug=a");

    assertThat(run.code()).isEqualTo(2);
    assertThat(run.output()).isEqualTo("lhttp dev: no such port\n");
  }

  /** Creates a JDK whose check of the debug port runs this command. */
  private void debugPort(String does) throws Exception {
    var jdk = jdk("home", "25");
    program(jdk.resolve("bin/java-port"), "#!/bin/sh\n" + does + "\n");
  }
}
