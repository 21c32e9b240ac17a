package io.lhttp.app;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code ./lhttp} prepares a cache for a fast start where it may write one. */
class LauncherCacheTest extends LauncherFixture {
  /** With this a running server starts the launcher. */
  private static final List<String> PREPARE = List.of("LHTTP_PREPARE=yes");

  @TempDir private Path outside;

  @Test
  void readOnlyCheckout_withoutCache_startsAndSaysSo() throws Exception {
    jdk("home", "25");
    lhttp("check", "x");
    jdk("home", "25.0.9"); // an update of the JDK

    var run = unprivileged("check", "x");

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
    lhttp("check", "x");
    jdk("home", "25.0.9"); // an update of the JDK
    var own = ownFolder();

    var first = unprivileged(List.of(name + "=" + own), "check", "x");
    var second = unprivileged(List.of(name + "=" + own), "check", "x");

    assertThat(first.output()).contains("preparing a fast start", "JAVA ");
    assertThat(second.code()).as(second.output()).isZero();
    assertThat(second.output())
        .contains("-XX:AOTCache=" + own.resolve(below))
        .doesNotContain("preparing");
  }

  @Test
  void worldWritableCacheFolder_isNotUsed() throws Exception {
    jdk("home", "25");
    lhttp("check", "x");
    jdk("home", "25.0.9");
    var own = ownFolder();
    var open = Files.createDirectory(own.resolve("lhttp"));
    run("chmod", "777", open.toString());
    if (root()) {
      run("chown", "65534:65534", open.toString());
    }

    var run = unprivileged(List.of("LHTTP_CACHE=" + own), "check", "x");

    assertThat(run.code()).as(run.output()).isZero();
    assertThat(run.output())
        .contains("this start takes longer, as ", "JAVA ")
        .doesNotContain("-XX:AOTCache=");
  }

  @Test
  void archive_preparesCacheOnce() throws Exception {
    archive();

    var first = lhttp("check", "x");
    var second = lhttp("check", "x");

    assertThat(first.output())
        .contains("preparing a fast start: once, up to a minute", "LHTTP_CACHE=none skips it\n")
        .contains("JAVA ");
    assertThat(second.code()).as(second.output()).isZero();
    assertThat(second.output())
        .contains("-XX:AOTCache=" + home + "/start-")
        .doesNotContain("preparing");
  }

  @Test
  void archiveWithOtherJars_replacesCache() throws Exception {
    archive();
    lhttp("check", "x");
    write(home.resolve("lhttp-server.jar"), "another version");
    age(home.resolve("lhttp-server.jar"), Duration.ofHours(3));

    var run = lhttp("check", "x");

    assertThat(run.output()).contains("preparing a fast start", "JAVA ");
    try (var files = Files.list(home)) {
      assertThat(files.filter(file -> file.toString().endsWith(".aot"))).hasSize(1);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"LHTTP_CACHE=none", "HOME=/proc/nowhere", "CACHE_DIRECTORY=/proc"})
  void archive_withoutPlaceForCache_startsWithout(String environment) throws Exception {
    archive();

    var run = unprivileged(List.of(environment), "check", "x");

    assertThat(run.code()).as(run.output()).isZero();
    assertThat(run.output()).contains("JAVA ").doesNotContain("-XX:AOTCache=");
  }

  @ParameterizedTest
  @ValueSource(strings = {"ln", "mv"})
  void fullDisk_startsWithoutCacheAndSaysSo(String tool) throws Exception {
    jdk("home", "25");
    lhttp("check", "x");
    jdk("home", "25.0.9"); // an update of the JDK
    Files.delete(bin.resolve(tool));
    program(bin.resolve(tool), "#!/bin/sh\necho 'No space left on device' >&2\nexit 1\n");

    var run = lhttp("check", "x");

    assertThat(run.code()).as(run.output()).isZero();
    assertThat(run.output())
        .contains("this start takes longer, as a fast one can't be prepared: ", "No space left")
        .contains("JAVA ")
        .doesNotContain("-XX:AOTCache=");
  }

  @Test
  void archive_withoutToolsForCache_startsWithout() throws Exception {
    archive();
    for (var tool : List.of("cksum", "find", "ls", "mkdir", "mv", "rm")) {
      Files.delete(bin.resolve(tool));
    }

    var run = lhttp("check", "x");

    assertThat(run.code()).as(run.output()).isZero();
    assertThat(run.output().lines()).singleElement().asString().startsWith("JAVA ");
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
    for (var command : List.of("serve", "dev")) {
      assertThat(lhttp(PREPARE, command, "x").code()).isZero();
    }
    var serve = lhttp("serve", "x").output();
    assertThat(serve)
        .contains("-Dlhttp.compiler=" + home + "/server/target/compiler", "-compiled.aot", "JVMCI")
        .doesNotContain("no-compiler", "upgrade-module-path", "TieredStopAtLevel");
    assertThat(lhttp("dev", "x").output())
        .contains("TieredStopAtLevel=1", ".aot")
        .doesNotContain("-Dlhttp.compiler", "-compiled.aot", "JVMCI", "no-compiler");
    lhttp(PREPARE, "dev", "x", "--scripts", "compiled");
    assertThat(lhttp("dev", "x", "--scripts", "compiled").output()).contains("-compiled.aot");
  }

  @ParameterizedTest
  @ValueSource(strings = {"dev", "serve"})
  void server_withoutCache_startsFirstAndPreparesLater(String command) throws Exception {
    jdk("home", "25");

    var first = lhttp(command, "x");
    assertThat(first.output())
        .contains("lhttp: this start takes longer, as no fast one is prepared: the server does it")
        .contains("JAVA ", " -Dlhttp.prepare=yes ")
        .doesNotContain("preparing", "-XX:AOTCache=");

    changeAfterTheBuild(home.resolve("server/src/main/java/B.java"));
    var later = lhttp(PREPARE, command, "x");
    assertThat(later.code()).as(later.output()).isZero();
    assertThat(later.output())
        .contains("preparing a fast start")
        .doesNotContain("JAVA ", "building");
    age(home.resolve("server/src/main/java/B.java"), Duration.ofHours(3));

    assertThat(lhttp(command, "x").output().lines())
        .singleElement()
        .asString()
        .contains("-XX:AOTCache=")
        .doesNotContain("lhttp.prepare");
  }

  @Test
  void preparation_thatFails_isReportedByExitCode() throws Exception {
    jdk("home", "25");
    program(folder.resolve("jdks/home/bin/java"), JAVA.replace("exit 0", "exit 1"));

    var run = lhttp(PREPARE, "dev", "x");

    assertThat(run.code()).isEqualTo(1);
    assertThat(run.output()).endsWith("lhttp: no fast start could be prepared\n");
  }

  @Test
  void serve_applicationWithoutCode_usesCacheWithoutEngine() throws Exception {
    jdk("home", "25");
    var application = Files.createDirectory(folder.resolve("application"));

    lhttp(PREPARE, "serve", application.toString());
    var without = lhttp("serve", application.toString()).output();
    Files.createDirectory(application.resolve("filters"));
    lhttp(PREPARE, "serve", application.toString());
    var with = lhttp("serve", application.toString()).output();

    assertThat(without).contains("-plain.aot");
    assertThat(with).contains(".aot").doesNotContain("-plain.aot");
  }

  @ParameterizedTest
  @CsvSource({
    "filters/a.js, true",
    "lib/a.mjs, true",
    "filters/A.java, false",
    "processors/deep/A.java, false",
    "lib/a.jar, false",
    "A.java, false",
  })
  void serve_applicationWithScriptsAlone_usesCacheWithoutJavaCompiler(String code, boolean alone)
      throws Exception {
    jdk("home", "25");
    var application = folder.resolve("application");
    write(application.resolve(code), "code");
    program(folder.resolve("jdks/home/bin/java"), JAVA.replace("trained", "$*"));

    lhttp(PREPARE, "serve", application.toString());

    try (var files = Files.list(home.resolve("server/target"))) {
      assertThat(files.filter(file -> file.toString().endsWith(".aot")))
          .singleElement()
          .satisfies(file -> {
            assertThat(file.getFileName().toString().endsWith("-scripts.aot")).isEqualTo(alone);
            assertThat(Files.readString(file).strip().endsWith("TrainingRun scripts"))
                .isEqualTo(alone);
          });
    }
    assertThat(lhttp("serve", application.toString()).output().contains("-scripts.aot"))
        .isEqualTo(alone);
  }

  @Test
  void archive_withoutPlaceForPlainCache_usesTheOther() throws Exception {
    archive();
    Files.createDirectories(home.resolve("filters"));
    lhttp("serve", "--help");
    var application = Files.createDirectory(folder.resolve("application"));

    var run = unprivileged(List.of(), "serve", application.toString());

    assertThat(run.output()).contains("-XX:AOTCache=" + home + "/start-").doesNotContain("longer");
  }

  @Test
  void failedCache_isTriedAgainAfterADay() throws Exception {
    jdk("home", "25");
    program(folder.resolve("jdks/home/bin/java"), JAVA.replace("exit 0", "exit 1"));

    assertThat(lhttp("check", "x").output()).contains("preparing a fast start").contains("JAVA ");
    assertThat(lhttp("check", "x").output()).doesNotContain("preparing").contains("JAVA ");

    try (var files = Files.newDirectoryStream(home.resolve("server/target"), "*.aot")) {
      for (var file : files) {
        age(file, Duration.ofHours(25));
      }
    }
    age(home.resolve("server/target/lhttp-server.jar"), Duration.ofHours(30));
    age(home.resolve("launcher/jvm.sh"), Duration.ofHours(30));
    jdk("home", "25");
    assertThat(lhttp("check", "x").output()).contains("preparing a fast start").contains("JAVA ");
  }

  @ParameterizedTest
  @CsvSource({"TERM, 143", "INT, 130", "HUP, 129"})
  void signalDuringPreparation_endsAtOnceAndLeavesNothing(String signal, int code)
      throws Exception {
    jdk("home", "25");
    endless(
        folder.resolve("jdks/home/bin/java"),
        "for a; do case $a in -XX:AOTCacheOutput=*) f=${a#*=}; echo x >\"$f\";"
            + " echo x >\"$f.config\" ;; esac; done");

    assertThat(endBySignal(start(List.of(), "check", "x"), signal)).isEqualTo(code);
    try (var files = Files.list(home.resolve("server/target"))) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .noneMatch(file -> file.startsWith("start-") || file.equals("building"));
    }

    jdk("home", "25");
    assertThat(lhttp("check", "x").output()).contains("preparing a fast start", "JAVA ");
  }

  @Test
  void serve_hangUpDuringPreparation_finishesAndStarts() throws Exception {
    jdk("home", "25");
    var begun = folder.resolve("begun");
    var go = folder.resolve("go");
    assertThat(new ProcessBuilder("mkfifo", begun.toString(), go.toString()).start().waitFor())
        .isZero();
    program(
        folder.resolve("jdks/home/bin/java"),
        JAVA.replace("; exit 0", "; echo >'%s'; read _ <'%s'; exit 0".formatted(begun, go)));
    var launcher = start(List.of(), "serve", "--help");
    var output = launcher.inputReader(UTF_8);
    assertThat(Files.readString(begun)).isEqualTo("\n");

    Processes.signal(launcher, "HUP");
    assertThat(Processes.line(output, "SIGHUP"))
        .isEqualTo("lhttp: SIGHUP ignored: the server has not started yet");
    Processes.signal(launcher, "HUP");
    assertThat(Processes.line(output, "SIGHUP")).contains("ignored");
    Files.writeString(go, "\n");

    assertThat(Processes.line(output, "JAVA ")).contains("-XX:AOTCache=");
    assertThat(Processes.exitCode(launcher)).isZero();
    try (var files = Files.list(home.resolve("server/target"))) {
      assertThat(files.filter(file -> file.toString().endsWith(".aot")))
          .singleElement()
          .satisfies(file -> assertThat(file).hasContent("trained"));
    }
  }

  @Test
  void archive_signalDuringPreparation_leavesNoCache() throws Exception {
    archive();
    endless(
        folder.resolve("jdks/home/bin/java"),
        "for a; do case $a in -XX:AOTCacheOutput=*) echo x >\"${a#*=}\" ;; esac; done");

    assertThat(endBySignal(start(List.of(), "check", "x"), "TERM")).isEqualTo(143);

    try (var files = Files.list(home)) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .noneMatch(file -> file.startsWith("start-"));
    }
  }

  @Test
  void cachesOfKilledStarts_areRemoved() throws Exception {
    archive();
    var ended = new ProcessBuilder("true").start();
    assertThat(ended.waitFor()).isZero();
    write(home.resolve("start-1.aot." + ended.pid()), "unfinished");
    write(home.resolve("start-1.aot." + ended.pid() + ".config"), "unfinished");
    var running = home.resolve("start-1.aot." + ProcessHandle.current().pid());
    write(running, "unfinished");
    write(home.resolve("start-1.aot." + ended.pid() + "-" + place()), "of this container");
    var elsewhere = home.resolve("start-1.aot." + ended.pid() + "-777");
    write(elsewhere, "of another container");
    write(home.resolve("start-2.aot.1-777"), "of another container that has ended");
    age(home.resolve("start-2.aot.1-777"), Duration.ofDays(2));

    lhttp("check", "x");

    try (var files = Files.list(home)) {
      assertThat(files.filter(file -> file.toString().contains(".aot.")))
          .containsExactlyInAnyOrder(running, elsewhere);
    }
  }

  /** The number that the launcher gives to this machine's or container's process ids. */
  private String place() throws Exception {
    var script = ". '%s/launcher/lock.sh'; find_place; echo $place".formatted(home);
    var process = new ProcessBuilder("sh", "-c", script).start();
    return new String(process.getInputStream().readAllBytes(), UTF_8).strip();
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
}
