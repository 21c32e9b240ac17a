package io.lhttp.app.assembly;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.lhttp.app.Processes;
import java.lang.module.ModuleFinder;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Scripts are really compiled in a JVM with the options that {@code launcher/jvm.sh} chooses. */
@Timeout(240)
class CompiledScriptsTest {
  private static final Path COMPILER = Path.of("target", "compiler").toAbsolutePath();

  @TempDir private Path folder;

  @Test
  void scriptThatCreatesObjects_isCompiledWithoutFailure() throws Exception {
    assumeThat(ModuleFinder.ofSystem().find("jdk.internal.vm.ci")).isPresent();
    assertThat(COMPILER).as("the build puts the compiler here").isDirectory();
    try (var processes = new Processes()) {
      var process =
          processes.start(
              new ProcessBuilder(
                  List.of(
                      Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                      "-Xmx512m",
                      "--enable-native-access=ALL-UNNAMED",
                      "--sun-misc-unsafe-memory-access=allow",
                      "-XX:+UnlockExperimentalVMOptions",
                      "-XX:+EnableJVMCI",
                      "-Dlhttp.compiler=" + COMPILER,
                      "-cp",
                      System.getProperty("java.class.path"),
                      CompiledCalls.class.getName(),
                      folder.toString())));

      assertThat(process.inputReader(UTF_8).lines())
          .filteredOn(line -> line.startsWith("scripts are "))
          .singleElement()
          .asString()
          .matches("scripts are compiled; \\d+ functions compiled, 0 failed");
    }
  }
}
