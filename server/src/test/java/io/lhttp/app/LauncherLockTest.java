package io.lhttp.app;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.lhttp.fixture.Programs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Starts in several containers share a checkout: no process id of one of them means anything in
 * another.
 */
class LauncherLockTest extends LauncherFixture {
  /** How often a start looks for a sign of life from another place, as the launcher has it. */
  private static final int PATIENCE = 60;

  @Test
  void ownerElsewhere_thatBeats_isWaitedFor() throws Exception {
    jdk("home", "25");
    var held = lockOf("12345.6.777");
    var looks = folder.resolve("looks");
    // with each look there is another beat; then the owner ends
    sleep(
        """
        echo x >>'LOOKS'
        n=$(tr -d '\\n' <'LOOKS')
        echo "$n" >'HELD.beat'
        case $n in ROUNDS) rm -f 'HELD' 'HELD.beat' ;; esac
        """
            .replace("LOOKS", looks.toString())
            .replace("HELD", held.toString())
            .replace("ROUNDS", "x".repeat(3 * PATIENCE)));
    program(
        bin.resolve("mvn"),
        MAVEN.replace("echo \"$0", "tr -d '\\n' <'" + looks + "' >looks\necho \"$0"));

    var run = lhttp("dev", "x");

    assertThat(run.output())
        .startsWith("lhttp: waiting for another start that builds (process 12345, " + held + ")\n")
        .contains("JAVA ");
    assertThat(home.resolve("looks")).hasSize(3 * PATIENCE);
    assertThat(calls()).hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"building -> 1.2.777", "building -> 1.2.777, building.1.2.777 -> 3.4.888"})
  void ownerElsewhere_withoutBeat_isTakenOver(String left) throws Exception {
    jdk("home", "25");
    for (var lock : left.split(", ", -1)) {
      Files.createSymbolicLink(
          target().resolve(lock.split(" -> ", -1)[0]), Path.of(lock.split(" -> ", -1)[1]));
    }
    sleep("");

    assertThat(lhttp("dev", "x").output()).contains("lhttp: waiting ", "JAVA ");

    assertThat(locks()).isEmpty();
    assertThat(calls()).hasSize(1);
  }

  @Test
  void startInAnotherPidNamespace_isWaitedForUntilItsEnd() throws Exception {
    var unshare = Programs.find("unshare");
    assumeTrue(root() && unshare.isPresent(), "only root makes pid namespaces, with unshare");
    var elsewhere =
        List.of(unshare.get().toString(), "--pid", "--fork", "--kill-child", "--mount-proc");
    var trial = new ArrayList<>(elsewhere);
    trial.add("true");
    assumeTrue(new ProcessBuilder(trial).start().waitFor() == 0, "this root makes no namespaces");
    jdk("home", "25");
    var quick = folder.resolve("quick");
    sleep("[ -e '%s' ] || exec '%s' \"$@\"\n".formatted(quick, find("sleep")));
    endless(bin.resolve("mvn"), "echo first >>maven-calls");
    var command = new ArrayList<>(elsewhere);
    command.addAll(List.of(home.resolve("lhttp").toString(), "dev", "x"));
    var first = builder(List.of(), command).start();
    try {
      Files.readString(folder.resolve("begun"));
      program(bin.resolve("mvn"), MAVEN);

      var second = start(List.of(), "dev", "x");
      var output = second.inputReader(UTF_8);
      assertThat(output.readLine())
          .startsWith("lhttp: waiting for another start that builds (process ");
      assertThat(calls()).hasSize(1);
      first.destroyForcibly();
      assertThat(first.waitFor()).isNotZero();
      Files.createFile(quick);

      assertThat(output.lines()).anyMatch(line -> line.startsWith("JAVA "));
      assertThat(calls()).hasSize(2);
    } finally {
      first.destroyForcibly();
    }
  }

  @Test
  void build_beatsAndLeavesNothing() throws Exception {
    jdk("home", "25");
    program(
        bin.resolve("mvn"),
        MAVEN.replace(
            "mkdir -p",
            "until [ -s server/target/building.beat ]; do sleep 0.1; done\n"
                + "readlink server/target/building >owner; cat server/target/building.beat >beat\n"
                + "mkdir -p"));

    assertThat(lhttp("dev", "x").output()).contains("JAVA ");

    var owner = Files.readString(home.resolve("owner")).strip();
    assertThat(owner).matches("\\d+\\.\\d+\\.\\d+");
    assertThat(Files.readString(home.resolve("beat"))).matches(owner + " \\d+\n");
    assertThat(locks()).isEmpty();
  }

  private Path lockOf(String owner) throws IOException {
    return Files.createSymbolicLink(target().resolve("building"), Path.of(owner));
  }

  private Path target() throws IOException {
    return Files.createDirectories(home.resolve("server/target"));
  }

  private List<String> locks() throws IOException {
    try (Stream<Path> files = Files.list(target())) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.startsWith("building"))
          .toList();
    }
  }

  /** Lets {@code sleep 1}, with which a start waits, run a script in place of the pause. */
  private void sleep(String script) throws IOException {
    program(
        bin.resolve("sleep"),
        "#!/bin/sh\n[ \"$1\" = 1 ] || exec '%s' \"$@\"\n%s".formatted(find("sleep"), script));
  }
}
