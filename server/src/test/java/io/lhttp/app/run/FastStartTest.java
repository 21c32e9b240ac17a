package io.lhttp.app.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.app.Processes;
import io.lhttp.testing.Eventually;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A running server lets the launcher prepare a fast start, and ends that with itself. */
class FastStartTest {
  @TempDir private Path folder;

  @Test
  void launcher_runsQuietlyAfterPause() throws Exception {
    var said = folder.resolve("said");
    var launcher =
        launcher(
            "echo \"$LHTTP_PREPARE $(nice) $*\" >'%s.new'; mv '%s.new' '%s'"
                .formatted(said, said, said));

    try (var _ = new FastStart(List.of(launcher, "dev", "x y"), Duration.ZERO).begin()) {
      Eventually.holds("the launcher runs", () -> Files.exists(said));
    }

    assertThat(said).hasContent("yes 19 dev x y");
  }

  @Test
  void close_duringPause_startsNothing() throws Exception {
    var said = folder.resolve("said");
    var start =
        new FastStart(List.of(launcher("echo >'" + said + "'")), Duration.ofHours(1)).begin();

    start.close();

    Eventually.holds(
        "the thread ends",
        () ->
            Thread.getAllStackTraces().keySet().stream()
                .noneMatch(thread -> thread.getName().equals("lhttp-fast-start")));
    assertThat(said).doesNotExist();
  }

  @Test
  void close_endsLauncher() throws Exception {
    var begun = folder.resolve("begun");
    assertThat(new ProcessBuilder("mkfifo", begun.toString()).start().waitFor()).isZero();
    var launcher = launcher("echo $$ >'" + begun + "'; exec sleep 300");
    ProcessHandle process;
    try (var _ = new FastStart(List.of(launcher), Duration.ZERO).begin()) {
      process = ProcessHandle.of(Long.parseLong(Files.readString(begun).strip())).orElseThrow();
    }

    assertThat(process.onExit().get(Processes.PATIENCE_SECONDS, TimeUnit.SECONDS).isAlive())
        .isFalse();
  }

  private String launcher(String script) throws IOException {
    var launcher = Files.writeString(folder.resolve("lhttp"), "#!/bin/sh\n" + script + "\n");
    assertThat(launcher.toFile().setExecutable(true)).isTrue();
    return launcher.toString();
  }
}
