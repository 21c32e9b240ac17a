package io.lhttp.app;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code ./lhttp} builds, and installs artifacts for Maven, if the sources have changed. */
class LauncherBuildTest extends LauncherFixture {
  /** The id of a process that has ended; 0 before one was started. */
  private static long ended;

  @Test
  void start_buildsOnFirstUseAndAfterChangeOnly() throws Exception {
    jdk("home", "25");

    var first = lhttp("check", "x");
    assertThat(first.output())
        .contains("lhttp: building with ", "  LHTTP server\n", "lhttp: preparing a fast start");
    assertThat(calls()).hasSize(1);

    var second = lhttp("check", "x");
    assertThat(second.output().lines()).singleElement().asString().startsWith("JAVA ");
    assertThat(calls()).hasSize(1);

    changeAfterTheBuild(home.resolve("framework/core/src/main/java/A.java"));
    lhttp("check", "x");
    assertThat(calls()).hasSize(2);

    write(home.resolve("server/src/test/java/BTest.java"), "test");
    age(home.resolve("server/src/test/java/BTest.java"), Duration.ofHours(-1));
    lhttp("check", "x");
    assertThat(calls()).hasSize(2);
  }

  @Test
  void deletedSource_isBuiltAgain() throws Exception {
    jdk("home", "25");
    lhttp("dev", "x");

    Files.delete(home.resolve("server/src/main/java/B.java"));
    changeAfterTheBuild(home.resolve("server/src/main/java"));
    lhttp("dev", "x");

    assertThat(calls()).hasSize(2);
  }

  @Test
  void failedBuild_showsCompilerErrorsAndIsRepeated() throws Exception {
    jdk("home", "25");
    write(home.resolve("broken"), "");

    var run = lhttp("dev", "x");

    assertThat(run.code()).isEqualTo(1);
    assertThat(run.output())
        .containsOnlyOnce("  /src/A.java:[3,5] cannot find symbol\n")
        .contains("lhttp: the build failed; all it said is in ")
        .doesNotContain("JAVA ");

    Files.delete(home.resolve("broken"));
    assertThat(lhttp("dev", "x").output()).contains("JAVA ");
  }

  @Test
  void missingMaven_buildsWithWrapper() throws Exception {
    jdk("home", "25");
    Files.move(bin.resolve("mvn"), home.resolve("mvnw"));

    assertThat(lhttp("dev", "x").code()).isZero();

    assertThat(calls()).singleElement().asString().startsWith(home + "/mvnw ");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        // the owner of the lock has ended
        "building -> DEAD",
        // and the process that took the lock away has ended, too
        "building -> DEAD, building.DEAD -> GONE",
        "building -> DEAD, building.DEAD -> GONE, building.DEAD.GONE -> DEAD",
        // the owner's process id belongs to another process now
        "building -> LIVE.1",
        // locks of an earlier version, with and without the id of their owner
        "lock/pid",
        "lock"
      })
  void abandonedLock_isTakenOver(String left) throws Exception {
    jdk("home", "25");
    var target = Files.createDirectories(home.resolve("server/target"));
    var live = Long.toString(ProcessHandle.current().pid());
    for (var part : left.replace("LIVE", live).split(", ", -1)) {
      var link =
          part.replace("DEAD", ended() + ".7").replace("GONE", ended() + ".8").split(" -> ", -1);
      if (link.length == 2) {
        Files.createSymbolicLink(target.resolve(link[0]), Path.of(link[1]));
      } else if (part.endsWith("pid")) {
        write(target.resolve(part), ended() + "\n");
      } else {
        Files.createDirectories(target.resolve(part));
      }
    }

    assertThat(lhttp("dev", "x").output()).contains("JAVA ").doesNotContain("waiting");
    try (var files = Files.list(target)) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .noneMatch(name -> name.startsWith("building") || name.startsWith("lock"));
    }
  }

  @Test
  void startDuringBuild_waitsAndNamesBuilder() throws Exception {
    jdk("home", "25");
    var owner = new ProcessBuilder("sleep", "120").start();
    try {
      var held = Files.createDirectories(home.resolve("server/target")).resolve("building");
      Files.createSymbolicLink(held, Path.of(owner.pid() + "." + startOf(owner.pid())));

      var process = start(List.of(), "dev", "x");
      var output = process.inputReader(UTF_8);
      assertThat(output.readLine())
          .startsWith("lhttp: waiting for another start that builds (process " + owner.pid());
      assertThat(home.resolve("maven-calls")).doesNotExist();
      owner.destroyForcibly();
      assertThat(output.lines()).anyMatch(line -> line.startsWith("JAVA "));
    } finally {
      owner.destroyForcibly();
    }
  }

  @Test
  void signalDuringBuild_endsMavenAndFreesLock() throws Exception {
    jdk("home", "25");
    endless(bin.resolve("mvn"), "echo building");

    assertThat(endBySignal(start(List.of(), "dev", "x"), "TERM")).isEqualTo(143);
    assertThat(Files.exists(home.resolve("server/target/building"), LinkOption.NOFOLLOW_LINKS))
        .isFalse();

    program(bin.resolve("mvn"), MAVEN);
    assertThat(lhttp("dev", "x").output()).contains("JAVA ");
    assertThat(calls()).hasSize(1);
  }

  @Test
  void abandonedLock_foundByManyStarts_buildsOnce() throws Exception {
    jdk("home", "25");
    program(
        bin.resolve("mvn"),
        MAVEN.replace(
            "mkdir -p server/target",
            "mkdir exclusive || echo together >>maven-calls\nsleep 1\nrmdir exclusive"));
    var target = Files.createDirectories(home.resolve("server/target"));
    Files.createSymbolicLink(target.resolve("building"), Path.of(ended() + ".7"));

    var starts = new ArrayList<Process>();
    for (var i = 0; i < 6; i++) {
      starts.add(start(List.of(), "dev", "x"));
    }
    for (var each : starts) {
      assertThat(new String(each.getInputStream().readAllBytes(), UTF_8)).contains("JAVA ");
    }
    assertThat(calls()).hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "testing/src/main/java/T.java",
        "clients/js/lhttp.js",
        "server/pom.xml",
        "filters/src/main/resources/r"
      })
  void changeInAnyServerModule_isBuilt(String file) throws Exception {
    jdk("home", "25");
    write(home.resolve(file), "one");
    lhttp("dev", "x");

    write(home.resolve(file), "two");
    changeAfterTheBuild(home.resolve(file));
    lhttp("dev", "x");

    assertThat(calls()).hasSize(2);
  }

  @Test
  void readOnlyCheckout_runsLastBuildAndSaysSo() throws Exception {
    jdk("home", "25");
    lhttp("check", "x");
    changeAfterTheBuild(home.resolve("framework/core/src/main/java/A.java"));

    var run = unprivileged("check", "x");

    assertThat(run.code()).as(run.output()).isZero();
    assertThat(run.output().lines())
        .hasSize(2)
        .first()
        .asString()
        .contains("the sources have changed, but ", " may not write in ");
    assertThat(run.output()).contains("JAVA ", "-XX:AOTCache=");
  }

  @Test
  void readOnlyCheckout_withoutBuild_failsInOneLine() throws Exception {
    jdk("home", "25");

    var run = unprivileged("serve", "x");

    assertThat(run.code()).isEqualTo(1);
    assertThat(run.output().lines())
        .singleElement()
        .asString()
        .startsWith("lhttp: nothing is built yet, and ")
        .contains(" may not write in " + home);
  }

  @ParameterizedTest
  @ValueSource(strings = {"new --java x", "new x --java", "ide x"})
  void javaProject_installsArtifactsOnce(String line) throws Exception {
    jdk("home", "25");
    var repository = mavenThatInstalls();

    var first = lhttp(line.split(" ", -1));
    assertThat(first.output())
        .contains("lhttp: installing LHTTP's artifacts for Maven, with sources and Javadoc\n")
        .contains("-Dlhttp.launcher=" + home + "/lhttp -Dlhttp.artifacts=installed ");
    assertThat(calls())
        .hasSize(2)
        .last()
        .asString()
        .contains(" -am package install:install ", "-Dlhttp.libraries");

    assertThat(lhttp(line.split(" ", -1)).output())
        .contains("-Dlhttp.artifacts=installed")
        .doesNotContain("installing");
    assertThat(calls()).hasSize(2);

    Files.delete(repository.resolve("last.jar"));
    assertThat(lhttp(line.split(" ", -1)).output()).contains("installing");

    changeAfterTheBuild(home.resolve("server/src/main/java/B.java"));
    assertThat(lhttp(line.split(" ", -1)).output()).contains("building", "installing");
  }

  @ParameterizedTest
  @ValueSource(strings = {"new x", "new --java --help", "ide -h", "dev ide", "check --java"})
  void otherCommands_installNothing(String line) throws Exception {
    jdk("home", "25");
    mavenThatInstalls();

    assertThat(lhttp(line.split(" ", -1)).output()).doesNotContain("installing", "lhttp.artifacts");
    assertThat(calls()).hasSize(1);
  }

  @Test
  void install_printsCoordinates() throws Exception {
    jdk("home", "25");
    var repository = mavenThatInstalls();

    var run = lhttp("install");

    assertThat(run.code()).as(run.output()).isZero();
    assertThat(run.output())
        .endsWith("io.lhttp:lhttp-core:0.2\nlhttp: these are in " + repository + "\n")
        .doesNotContain("JAVA ");
    assertThat(calls())
        .singleElement()
        .asString()
        .contains("server -am package install:install ", "-Dmaven.javadoc.skip=false");
    write(home.resolve("broken"), "");
    assertThat(lhttp("install").code()).isEqualTo(1);
  }

  @Test
  void failedInstallation_isReportedWithLog() throws Exception {
    jdk("home", "25");
    lhttp("dev", "x");
    write(home.resolve("broken"), "");

    var run = lhttp("ide", "x");

    assertThat(run.code()).isEqualTo(1);
    assertThat(run.output())
        .contains("lhttp: LHTTP's artifacts could not be installed; all that Maven said is in ")
        .doesNotContain("JAVA ");
  }

  @Test
  void readOnlyCheckout_installsNothingAndSaysSo() throws Exception {
    jdk("home", "25");
    lhttp("dev", "x");

    var run = unprivileged("ide", "x");

    assertThat(run.output())
        .contains("lhttp: LHTTP's artifacts are not installed for Maven, as ", "JAVA ")
        .doesNotContain("lhttp.artifacts");
  }

  @Test
  void archive_installsNothing() throws Exception {
    archive();

    assertThat(lhttp("new", "--java", "x").output())
        .contains("JAVA ", "-Dlhttp.launcher=" + home + "/lhttp ")
        .doesNotContain("installing", "lhttp.artifacts");
  }

  /** Lets Maven install a file in a folder whose path contains a space. Returns the folder. */
  private Path mavenThatInstalls() throws IOException {
    var repository = folder.resolve("my repository");
    program(
        bin.resolve("mvn"),
        MAVEN
            + """
            case "$*" in
              *install*)
                mkdir -p "REPOSITORY"
                echo jar >"REPOSITORY/last.jar"
                echo "[INFO] Installing /a b/first.jar to REPOSITORY/first.jar"
                echo "[INFO] Installing /a b/last.jar to REPOSITORY/last.jar"
                echo "[INFO] Installing /a b/pom.xml to REPOSITORY/io/lhttp/lhttp-core/0.2/lhttp-core-0.2.pom"
                ;;
            esac
            """
                .replace("REPOSITORY", repository.toString()));
    return repository;
  }

  /** The id of a process that has ended. */
  private static long ended() throws Exception {
    if (ended == 0) {
      var process = new ProcessBuilder("true").start();
      process.waitFor();
      ended = process.pid();
    }
    return ended;
  }

  /** Returns the start time of a process, in the form that the launcher writes into its lock. */
  private static String startOf(long pid) throws IOException {
    var stat = Path.of("/proc/" + pid + "/stat");
    return Files.exists(stat)
        ? Files.readString(stat).replaceFirst(".*\\) ", "").split(" ", -1)[19]
        : "0";
  }
}
