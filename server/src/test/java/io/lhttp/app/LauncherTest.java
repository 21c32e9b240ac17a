package io.lhttp.app;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * {@code ./lhttp} chooses a JDK, builds and starts; stand-ins for JDKs and Maven print how they
 * were called.
 */
class LauncherTest {
  private static final List<String> TOOLS =
      List.of(
          "sh",
          "awk",
          "cat",
          "cksum",
          "cut",
          "dirname",
          "env",
          "find",
          "head",
          "id",
          "ln",
          "ls",
          "mkdir",
          "mv",
          "readlink",
          "rm",
          "rmdir",
          "sleep",
          "tee",
          "touch",
          "tr");

  /**
   * A script in place of java. It prints its arguments, and writes the cache that it is asked for.
   */
  private static final String JAVA =
      """
      #!/bin/sh
      for argument; do
        case $argument in
          -XX:AOTCacheOutput=*) echo trained >"${argument#*=}"; exit 0 ;;
          io.lhttp.app.debug.DebugPort) exec "$0-port" "$@" ;;
        esac
      done
      echo "JAVA ${0%/bin/java}: $*"
      """;

  /**
   * A script in place of Maven. It records its arguments, and creates the jar, or fails if a file
   * says so.
   */
  private static final String MAVEN =
      """
      #!/bin/sh
      echo "$0 $*" >>maven-calls
      echo "[INFO] Building LHTTP server 0.1.0                                      [2/2]"
      if [ -e broken ]; then
        echo "[ERROR] COMPILATION ERROR : "
        echo "[ERROR] /src/A.java:[3,5] cannot find symbol"
        echo "[ERROR] Failed to execute goal org.apache.maven.plugins:maven-compiler-plugin"
        echo "[ERROR] /src/A.java:[3,5] cannot find symbol"
        exit 1
      fi
      mkdir -p server/target
      echo jar >server/target/lhttp-server.jar
      """;

  private static long ended;

  @TempDir private Path folder;
  @TempDir private Path outside;
  private Path home;
  private Path bin;

  @BeforeEach
  void aCheckoutAndItsTools() throws IOException {
    home = Files.createDirectories(folder.resolve("check out"));
    bin = Files.createDirectory(folder.resolve("bin"));
    var project = Path.of(System.getProperty("lhttp.home", ".."));
    copy(project.resolve("lhttp"), home.resolve("lhttp"));
    try (var parts = Files.list(project.resolve("launcher"))) {
      for (var part : parts.toList()) {
        copy(part, home.resolve("launcher").resolve(part.getFileName()));
      }
    }
    for (var source :
        List.of("pom.xml", "framework/core/src/main/java/A.java", "server/src/main/java/B.java")) {
      write(home.resolve(source), "source");
    }
    Files.createDirectories(home.resolve("filters"));
    Files.createDirectories(home.resolve("scripts"));
    Files.createDirectories(home.resolve("clients"));
    for (var tool : TOOLS) {
      program(bin.resolve(tool), "#!/bin/sh\nexec %s \"$@\"\n".formatted(find(tool)));
    }
    program(bin.resolve("mvn"), MAVEN);
    try (var files = Files.walk(home)) {
      for (var file : files.toList()) {
        age(file, Duration.ofHours(3));
      }
    }
  }

  @ParameterizedTest
  @CsvSource(
      nullValues = "-",
      value = {
        // the Java versions at JAVA_HOME, in PATH and at the usual place; which of them is chosen
        "25.0.3, 25.0.1, 25.0.2, home",
        "26, -, -, home",
        "17.0.15, 25.0.1, 25.0.2, path",
        "-, 25, 25.0.2, path",
        "-, 21.0.1, 25.0.2, place",
        "1.8.0_392, 17, 27-ea, place",
      })
  void firstJdkNewEnough_isUsed(
      @Nullable String javaHome, @Nullable String path, @Nullable String place, String taken)
      throws Exception {
    if (javaHome != null) {
      jdk("home", javaHome);
    }
    if (path != null) {
      jdk("path", path);
      Files.createSymbolicLink(bin.resolve("java"), folder.resolve("jdks/path/bin/java"));
    }
    if (place != null) {
      Files.move(
          jdk("place", place), Files.createDirectory(folder.resolve("places")).resolve("place"));
    }

    var run = lhttp("dev", "x");

    assertThat(run.code()).as(run.output()).isZero();
    assertThat(run.output()).containsPattern("JAVA .*/" + taken + ": ");
  }

  @Test
  void missingJdk_isReportedInOneLineWithRemedy() throws Exception {
    jdk("home", "17.0.15");

    var run = lhttp("dev", "x");

    assertThat(run.code()).isEqualTo(1);
    assertThat(run.output().lines())
        .singleElement()
        .asString()
        .startsWith("lhttp: no JDK 25 or newer (found: 17.0.15 in ")
        .contains("openjdk-25-jdk")
        .contains("JAVA_HOME");
  }

  @Test
  void runtimeWithoutCompiler_isNoJdk() throws Exception {
    Files.delete(jdk("home", "25").resolve("bin/javac"));

    assertThat(lhttp("dev", "x").code()).isEqualTo(1);
  }

  @Test
  void start_buildsOnFirstUseAndAfterChangeOnly() throws Exception {
    jdk("home", "25");

    var first = lhttp("dev", "x");
    assertThat(first.output())
        .contains("lhttp: building with ", "  LHTTP server\n", "lhttp: preparing a fast start\n");
    assertThat(calls()).hasSize(1);

    var second = lhttp("dev", "x");
    assertThat(second.output().lines()).singleElement().asString().startsWith("JAVA ");
    assertThat(calls()).hasSize(1);

    changeAfterTheBuild(home.resolve("framework/core/src/main/java/A.java"));
    lhttp("dev", "x");
    assertThat(calls()).hasSize(2);

    write(home.resolve("server/src/test/java/BTest.java"), "test");
    age(home.resolve("server/src/test/java/BTest.java"), Duration.ofHours(-1));
    lhttp("dev", "x");
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
    lhttp("dev", "x");
    changeAfterTheBuild(home.resolve("framework/core/src/main/java/A.java"));

    var run = unprivileged("dev", "x");

    assertThat(run.code()).as(run.output()).isZero();
    assertThat(run.output().lines())
        .hasSize(2)
        .first()
        .asString()
        .contains("the sources have changed, but ", " may not write in ");
    assertThat(run.output()).contains("JAVA ", "-XX:AOTCache=");
  }

  @Test
  void readOnlyCheckout_withoutCache_startsAndSaysSo() throws Exception {
    jdk("home", "25");
    lhttp("dev", "x");
    jdk("home", "25.0.9"); // an update of the JDK

    var run = unprivileged("dev", "x");

    assertThat(run.code()).as(run.output()).isZero();
    assertThat(run.output().lines())
        .hasSize(2)
        .first()
        .asString()
        .contains("this start takes longer, as ", " may not write in ");
    assertThat(run.output()).contains("JAVA ").doesNotContain("-XX:AOTCache=");
  }

  @ParameterizedTest
  @CsvSource({
    "LHTTP_CACHE, lhttp",
    "CACHE_DIRECTORY, lhttp",
    "XDG_CACHE_HOME, lhttp",
    "HOME, .cache/lhttp",
  })
  void readOnlyCheckout_preparesCacheInUsersFolder(String name, String below) throws Exception {
    jdk("home", "25");
    lhttp("dev", "x");
    jdk("home", "25.0.9"); // an update of the JDK
    var own = ownFolder();

    var first = unprivileged(List.of(name + "=" + own), "dev", "x");
    var second = unprivileged(List.of(name + "=" + own), "dev", "x");

    assertThat(first.output()).contains("preparing a fast start", "JAVA ");
    assertThat(second.code()).as(second.output()).isZero();
    assertThat(second.output())
        .contains("-XX:AOTCache=" + own.resolve(below))
        .doesNotContain("preparing");
  }

  @Test
  void worldWritableCacheFolder_isNotUsed() throws Exception {
    jdk("home", "25");
    lhttp("dev", "x");
    jdk("home", "25.0.9");
    var own = ownFolder();
    var open = Files.createDirectory(own.resolve("lhttp"));
    run("chmod", "777", open.toString());
    if (root()) {
      run("chown", "65534:65534", open.toString());
    }

    var run = unprivileged(List.of("LHTTP_CACHE=" + own), "dev", "x");

    assertThat(run.code()).as(run.output()).isZero();
    assertThat(run.output())
        .contains("this start takes longer, as ", "JAVA ")
        .doesNotContain("-XX:AOTCache=");
  }

  @Test
  void archive_preparesCacheOnce() throws Exception {
    archive();

    var first = lhttp("serve", "x");
    var second = lhttp("serve", "x");

    assertThat(first.output()).contains("preparing a fast start", "JAVA ");
    assertThat(second.code()).as(second.output()).isZero();
    assertThat(second.output())
        .contains("-XX:AOTCache=" + home + "/start-")
        .doesNotContain("preparing");
  }

  @Test
  void archiveWithOtherJars_replacesCache() throws Exception {
    archive();
    lhttp("serve", "x");
    write(home.resolve("lhttp-server.jar"), "another version");
    age(home.resolve("lhttp-server.jar"), Duration.ofHours(3));

    var run = lhttp("serve", "x");

    assertThat(run.output()).contains("preparing a fast start", "JAVA ");
    try (var files = Files.list(home)) {
      assertThat(files.filter(file -> file.toString().endsWith(".aot"))).hasSize(1);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"LHTTP_CACHE=none", "HOME=/proc/nowhere", "CACHE_DIRECTORY=/proc"})
  void archive_withoutPlaceForCache_startsWithout(String environment) throws Exception {
    archive();

    var run = unprivileged(List.of(environment), "serve", "x");

    assertThat(run.code()).as(run.output()).isZero();
    assertThat(run.output()).contains("JAVA ").doesNotContain("-XX:AOTCache=");
  }

  @Test
  void archive_withoutToolsForCache_startsWithout() throws Exception {
    archive();
    for (var tool : List.of("cksum", "find", "ls", "mkdir", "mv", "rm")) {
      Files.delete(bin.resolve(tool));
    }

    var run = lhttp("serve", "x");

    assertThat(run.code()).as(run.output()).isZero();
    assertThat(run.output().lines()).singleElement().asString().startsWith("JAVA ");
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

  @Test
  void serve_opensThePartsOfTheJdkThatTestsOpen() throws Exception {
    jdk("home", "25");

    var words = lhttp("serve", "x").output().split("\\s+", -1);

    var opens = Pattern.compile("--add-(opens|exports)=.*").asMatchPredicate();
    assertThat(Stream.of(words).filter(opens))
        .hasSizeGreaterThan(10)
        .containsExactlyInAnyOrderElementsOf(Processes.opened().stream().filter(opens).toList());
  }

  @Test
  void serve_usesCompilerAndOwnCache() throws Exception {
    var jdk = jdk("home", "25");
    var plain = lhttp("serve", "x").output();
    assertThat(plain).contains("-Dlhttp.no-compiler=there is no folder ");

    Files.createDirectories(home.resolve("server/target/compiler"));
    assertThat(lhttp("serve", "x").output())
        .contains("-Dlhttp.no-compiler=the JDK in " + jdk + " has no module jdk.internal.vm.ci");

    write(
        jdk.resolve("release"), "JAVA_VERSION=\"25\"\nMODULES=\"java.base jdk.internal.vm.ci\"\n");
    var serve = lhttp("serve", "x").output();
    assertThat(serve)
        .contains("-Dlhttp.compiler=" + home + "/server/target/compiler", "-compiled.aot", "JVMCI")
        .doesNotContain("no-compiler", "upgrade-module-path", "TieredStopAtLevel");
    assertThat(lhttp("dev", "x").output())
        .contains("TieredStopAtLevel=1", ".aot")
        .doesNotContain("-Dlhttp.compiler", "-compiled.aot", "JVMCI", "no-compiler");
    assertThat(lhttp("dev", "x", "--scripts", "compiled").output()).contains("-compiled.aot");
  }

  @ParameterizedTest
  @CsvSource({
    // the current encoding, all locales of the machine, the locale that the JVM gets
    "none, none, C.UTF-8",
    "ANSI_X3.4-1968, C POSIX C.utf8, C.utf8",
    "ANSI_X3.4-1968, C de_DE.utf8 POSIX, de_DE.utf8",
    "ANSI_X3.4-1968, C POSIX, C.UTF-8",
    "UTF-8, C C.UTF-8, unset",
  })
  void missingLocale_isReplacedByUtf8Locale(String charmap, String all, String taken)
      throws Exception {
    jdk("home", "25");
    program(
        folder.resolve("jdks/home/bin/java"),
        JAVA.replace("echo \"JAVA", "echo \"LC_ALL=${LC_ALL-unset} JAVA"));
    if (!charmap.equals("none")) {
      program(
          bin.resolve("locale"),
          "#!/bin/sh\nif [ $1 = charmap ]; then echo %s; else printf '%%s\\n' %s; fi\n"
              .formatted(charmap, all));
    }

    assertThat(lhttp("dev", "x").output()).contains("LC_ALL=" + taken + " JAVA");
  }

  @Test
  void arguments_arePassedUnchanged() throws Exception {
    jdk("home", "25");
    program(
        folder.resolve("jdks/home/bin/java"),
        JAVA.replace("echo \"JAVA ${0%/bin/java}: $*\"", "printf '<%s>' \"$@\""));

    assertThat(lhttp("connect", "ws://h/", "--send", "echo  a b", "").output())
        .endsWith("lhttp-server.jar><io.lhttp.app.Main><connect><ws://h/><--send><echo  a b><>");
  }

  @Test
  void javaOptions_areAddedToCommand() throws Exception {
    jdk("home", "25");

    assertThat(lhttp(List.of("LHTTP_JAVA_OPTIONS=-Xmx64m -Da=b"), "serve", "x").output())
        .contains(" -XX:AOTCache=", " -Xmx64m -Da=b -cp ");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "LHTTP_JAVA_OPTIONS=-XX:MaxMetaspaceSize=64m",
        "JAVA_TOOL_OPTIONS=-XX:CompressedClassSpaceSize=32m"
      })
  void serve_withLimitOnClasses_endsForWantOfHeapAlone(String variable) throws Exception {
    jdk("home", "25");

    assertThat(lhttp("serve", "x").output()).contains(" -XX:+ExitOnOutOfMemoryError ");
    assertThat(lhttp(List.of(variable), "serve", "x").output())
        .contains(" -Dlhttp.end-without-heap=true ")
        .doesNotContain("ExitOnOutOfMemoryError");
  }

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
  void agentOfJavaOptions_isTheOnlyOne() throws Exception {
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

    var run = lhttp("dev", "x", "--debug=a");

    assertThat(run.code()).isEqualTo(2);
    assertThat(run.output()).isEqualTo("lhttp dev: no such port\n");
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
                ;;
            esac
            """
                .replace("REPOSITORY", repository.toString()));
    return repository;
  }

  /** Creates a JDK whose check of the debug port runs this command. */
  private void debugPort(String does) throws Exception {
    var jdk = jdk("home", "25");
    program(jdk.resolve("bin/java-port"), "#!/bin/sh\n" + does + "\n");
  }

  @Test
  void failedCache_isNotTriedAgain() throws Exception {
    jdk("home", "25");
    program(folder.resolve("jdks/home/bin/java"), JAVA.replace("exit 0", "exit 1"));

    assertThat(lhttp("dev", "x").output()).contains("preparing a fast start").contains("JAVA ");
    assertThat(lhttp("dev", "x").output()).doesNotContain("preparing").contains("JAVA ");
  }

  @Test
  void program_replacesLauncherProcess() throws Exception {
    jdk("home", "25");
    program(folder.resolve("jdks/home/bin/java"), JAVA.replace("echo \"JAVA", "echo \"$$ JAVA"));

    var process = start(List.of(), "dev", "x");
    var output = new String(process.getInputStream().readAllBytes(), UTF_8);

    assertThat(output).contains(process.pid() + " JAVA ");
  }

  @Test
  void testCommand_runsSuiteAndSumsReports() throws Exception {
    jdk("home", "25");
    program(bin.resolve("node"), "#!/bin/sh\necho v22.1.0\n");
    program(bin.resolve("chromium"), "#!/bin/sh\n");
    for (var server : List.of("nats-server", "nginx", "haproxy")) {
      program(bin.resolve(server), "#!/bin/sh\n");
    }
    write(
        home.resolve("framework/target/surefire-reports/TEST-Gone.xml"),
        "<testsuite tests=\"9\"/>");
    var report =
        """
        <?xml version="1.0" encoding="UTF-8"?>
        <testsuite name="B" tests="5" errors="1" skipped="1" failures="1">
          <testcase name="fine" classname="io.B" time="0"/>
          <testcase name="bad" classname="io.B" time="0">
            <failure message="no"/>
          </testcase>
          <testcase name="late" classname="io.B" time="0">
            <skipped message="missing program: chromium"/>
          </testcase>
        </testsuite>
        """;
    program(
        bin.resolve("mvn"),
        "#!/bin/sh\necho \"mvn $*\"\nmkdir -p server/target/surefire-reports\n"
            + "cat >server/target/surefire-reports/TEST-B.xml <<'END'\n"
            + report
            + "END\nexit 3\n");

    var run = lhttp("test");

    assertThat(run.code()).isEqualTo(3);
    assertThat(run.output())
        .startsWith("mvn -B -ntp verify ")
        .endsWith(
            """

            failed:  io.B.bad
            not run: io.B.late: missing program: chromium
            2 passed, 2 failed, 1 skipped
            """);
  }

  @Test
  void testCommand_beyondTimeLimit_endsTestsAndSaysSo() throws Exception {
    jdk("home", "25");
    program(bin.resolve("mvn"), "#!/bin/sh\nexec sleep 600\n");

    var run = lhttp(List.of("LHTTP_TEST_MINUTES=0"), "test");

    assertThat(run.code()).isNotZero();
    assertThat(run.output())
        .contains("the tests have run for 0 minutes and are ended; LHTTP_TEST_MINUTES sets")
        .endsWith("\n");
  }

  @Test
  void testCommand_missingProgram_isNamedAndOtherTestsRun() throws Exception {
    jdk("home", "25");
    program(bin.resolve("node"), "#!/bin/sh\necho v18.19.0\n");

    var run = lhttp("test");

    assertThat(run.code()).as(run.output()).isZero();
    assertThat(run.output())
        .contains(
            "lhttp: node 20 or newer is missing and could not be installed: its tests are not"
                + " run\n",
            "lhttp: chromium is missing and could not be installed: its tests are not run\n",
            "lhttp: nats-server is missing and could not be installed: its tests are not run\n",
            "lhttp: nginx is missing and could not be installed: its tests are not run\n",
            "lhttp: haproxy is missing and could not be installed: its tests are not run\n");
    assertThat(calls()).hasSize(1);
  }

  private record Run(int code, String output) {}

  private Run lhttp(String... arguments) throws Exception {
    return lhttp(List.of(), arguments);
  }

  private Run lhttp(List<String> environment, String... arguments) throws Exception {
    var process = start(environment, arguments);
    var output = new String(process.getInputStream().readAllBytes(), UTF_8);
    return new Run(process.waitFor(), output);
  }

  private Process start(List<String> environment, String... arguments) throws IOException {
    var command =
        Stream.concat(Stream.of(home.resolve("lhttp").toString()), Stream.of(arguments)).toList();
    return builder(environment, command).start();
  }

  private ProcessBuilder builder(List<String> environment, List<String> command) {
    var builder = new ProcessBuilder(command).directory(folder.toFile()).redirectErrorStream(true);
    builder.environment().clear();
    builder.environment().put("PATH", bin.toString());
    builder.environment().put("HOME", folder.resolve("nobody").toString());
    builder.environment().put("JAVA_HOME", folder.resolve("jdks/home").toString());
    builder.environment().put("LHTTP_JDKS", folder.resolve("places").toString());
    builder.environment().put("LHTTP_SBIN", folder.resolve("nowhere").toString());
    environment.forEach(
        pair -> builder.environment().put(pair.split("=", 2)[0], pair.split("=", 2)[1]));
    return builder;
  }

  /** Makes the checkout look like an unpacked archive. */
  private void archive() throws Exception {
    jdk("home", "25");
    Files.delete(home.resolve("launcher/build.sh"));
    write(home.resolve("lhttp-server.jar"), "jar");
    age(home.resolve("lhttp-server.jar"), Duration.ofHours(3));
  }

  private static boolean root() {
    return "root".equals(System.getProperty("user.name"));
  }

  /** Creates a folder of the user as whom {@link #unprivileged} runs. */
  private Path ownFolder() throws Exception {
    run("chmod", "a+x", outside.toString());
    var own = Files.createDirectory(outside.resolve("own"));
    if (root()) {
      run("chown", "65534:65534", own.toString());
    }
    return own;
  }

  private static void run(String... command) throws Exception {
    assertThat(new ProcessBuilder(command).inheritIO().start().waitFor()).isZero();
  }

  /** Runs the launcher as a user who may read its folder, but not write there. */
  private Run unprivileged(String... arguments) throws Exception {
    return unprivileged(List.of(), arguments);
  }

  private Run unprivileged(List<String> environment, String... arguments) throws Exception {
    var command = new ArrayList<String>();
    if (root()) {
      command.addAll(
          List.of(find("setpriv").toString(), "--reuid=65534", "--regid=65534", "--clear-groups"));
    }
    command.add(home.resolve("lhttp").toString());
    command.addAll(List.of(arguments));
    chmod("a+rX,a-w");
    try {
      var process = builder(environment, command).start();
      var output = new String(process.getInputStream().readAllBytes(), UTF_8);
      return new Run(process.waitFor(), output);
    } finally {
      chmod("u+w");
    }
  }

  private void chmod(String mode) throws Exception {
    var chmod = new ProcessBuilder("chmod", "-R", mode, folder.toString()).start();
    assertThat(chmod.waitFor()).isZero();
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

  private List<String> calls() throws IOException {
    return Files.readAllLines(home.resolve("maven-calls"));
  }

  private Path jdk(String name, String version) throws IOException {
    var jdk = folder.resolve("jdks").resolve(name);
    program(jdk.resolve("bin/java"), JAVA);
    program(jdk.resolve("bin/javac"), "");
    write(jdk.resolve("release"), "IMPLEMENTOR=\"X\"\nJAVA_VERSION=\"" + version + "\"\n");
    return jdk;
  }

  /** Sets the times of a file and of the last build, so that the file is newer. */
  private void changeAfterTheBuild(Path file) throws IOException {
    age(home.resolve("server/target/built"), Duration.ofHours(2));
    age(file, Duration.ofHours(1));
  }

  private static void age(Path file, Duration age) throws IOException {
    Files.setLastModifiedTime(file, FileTime.from(Instant.now().minus(age)));
  }

  static Path find(String tool) {
    return Stream.of(System.getenv("PATH").split(File.pathSeparator))
        .map(path -> Path.of(path, tool))
        .filter(Files::isExecutable)
        .findFirst()
        .orElseThrow(() -> new AssertionError("no " + tool + " on the path"));
  }

  private static void copy(Path from, Path to) throws IOException {
    Files.createDirectories(to.getParent());
    Files.copy(from, to);
  }

  private static void program(Path file, String text) throws IOException {
    write(file, text);
    assertThat(file.toFile().setExecutable(true)).isTrue();
  }

  private static void write(Path file, String text) throws IOException {
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
  }
}
