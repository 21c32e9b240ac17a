package io.lhttp.app;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.lhttp.app.JdkArchiveServer.Answer;
import io.lhttp.fixture.Programs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code ./lhttp} fetches a JDK into the user's cache if there is none, and the user agrees. */
@SuppressWarnings("NullAway.Init") // every test starts a server
class LauncherFetchTest extends LauncherFixture {
  private JdkArchiveServer server;
  private Path cache;

  @BeforeEach
  void anArchiveAndNoJdk() throws Exception {
    for (var tool : List.of("gzip", "sha256sum", "tar", "uname")) {
      link(tool);
    }
    cache = Files.createDirectory(folder.resolve("cache"));
    serve(jdkArchive("jdk-25", JAVA));
  }

  @AfterEach
  void end() {
    server.close();
  }

  @ParameterizedTest
  @CsvSource({"curl, --yes", "wget, --yes", "curl, LHTTP_JDK=fetch"})
  void consent_fetchesJdkOnce(String tool, String consent) throws Exception {
    use(tool);

    var first =
        consent.equals("--yes")
            ? lhttp(environment(), "check", "--yes", "x")
            : lhttp(environment(consent), "check", "x");
    assertThat(first.code()).as(first.output()).isZero();
    assertThat(first.output())
        .containsPattern("lhttp: fetching Temurin 25[0-9.]*, some 140 MB, from " + server.url())
        .contains("JAVA " + cache + "/lhttp/jdks/25")
        .contains("-cp " + home + "/server/target/lhttp-server.jar io.lhttp.app.Main check x\n");

    var second = lhttp(environment(), "check", "x");
    assertThat(second.output().lines())
        .singleElement()
        .asString()
        .startsWith("JAVA " + cache + "/lhttp/jdks/25");
    assertThat(server.requests).hasSize(1);
    assertThat(cache.resolve("lhttp/jdk-download")).isEmptyDirectory();
  }

  @Test
  void yesAsValueOfOption_isPassedOn() throws Exception {
    jdk("home", "25");

    assertThat(lhttp("connect", "ws://h/", "--send", "--yes").output())
        .endsWith("io.lhttp.app.Main connect ws://h/ --send --yes\n");
    assertThat(lhttp("--yes", "connect", "ws://h/").output())
        .endsWith("io.lhttp.app.Main connect ws://h/\n");
  }

  @ParameterizedTest
  @ValueSource(strings = {"LHTTP_JDK=", "LHTTP_JDK=none"})
  void withoutConsent_tellsBothWaysInOneLine(String setting) throws Exception {
    use("curl");

    var run = lhttp(environment(setting), "dev", "x");

    assertThat(run.code()).isEqualTo(1);
    assertThat(run.output().lines())
        .singleElement()
        .asString()
        .startsWith("lhttp: no JDK 25 or newer (found: none): install the package openjdk-25-jdk")
        .contains("JAVA_HOME", "./lhttp --yes dev x (or LHTTP_JDK=fetch)", "/lhttp/jdks");
    assertThat(server.requests).isEmpty();
  }

  @Test
  void unknownSetting_isRefused() throws Exception {
    assertThat(lhttp(environment("LHTTP_JDK=yes"), "dev", "x").output())
        .isEqualTo("lhttp: LHTTP_JDK is 'yes', but has to be fetch or none\n");
  }

  @ParameterizedTest
  @CsvSource({"'', true", "y, true", "yes, true", "n, false", "no, false"})
  void terminal_asks(String reply, boolean agreed) throws Exception {
    use("curl");
    var script = Programs.find("script");
    assumeTrue(script.isPresent(), "no script, which starts programs in a terminal");
    var command = new ArrayList<>(Processes.SIGNALS_RESTORED);
    command.addAll(
        List.of(script.get().toString(), "-qec", "'" + home + "/lhttp' dev x", "/dev/null"));
    var process = builder(environment("SHELL=/bin/sh"), command).start();
    var output = process.inputReader(UTF_8);
    var said = new StringBuilder();
    while (!said.toString().endsWith("[Y/n] ")) {
      var character = output.read();
      assertThat(character).as(said.toString()).isNotNegative();
      said.append((char) character);
    }
    process.getOutputStream().write((reply + "\n").getBytes(UTF_8));
    process.getOutputStream().flush();
    output.lines().forEach(line -> said.append(line).append('\n'));

    assertThat(said.toString())
        .contains("Fetch Temurin 25", "some 140 MB, from " + server.url(), cache + "/lhttp/jdks?");
    assertThat(server.requests).hasSize(agreed ? 1 : 0);
    assertThat(said.toString()).contains(agreed ? "JAVA " + cache : "./lhttp --yes dev x (or ");
    assertThat(Processes.exitCode(process)).isEqualTo(agreed ? 0 : 1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"curl", "wget"})
  void otherArchive_isRefusedAndDeleted(String tool) throws Exception {
    use(tool);
    server.answer = Answer.OTHER;

    var run = lhttp(environment(), "--yes", "dev", "x");

    assertThat(run.code()).isEqualTo(1);
    assertThat(run.output())
        .contains(" is not the known JDK: its SHA-256 is ")
        .contains("launcher/jdk.list has " + server.sha256())
        .doesNotContain("JAVA ");
    nothingIsTrusted();

    server.answer = Answer.COMPLETE;
    assertThat(lhttp(environment(), "--yes", "dev", "x").output()).contains("JAVA " + cache);
    assertThat(server.requests).hasSize(2).noneMatch(request -> request.contains("bytes="));
  }

  @ParameterizedTest
  @CsvSource({"curl, COMPLETE", "wget, COMPLETE", "curl, WITHOUT_RANGES", "wget, WITHOUT_RANGES"})
  void halfADownload_goesOnAtNextStart(String tool, Answer next) throws Exception {
    use(tool);
    server.answer = Answer.HALF;

    var half = lhttp(environment(), "--yes", "dev", "x");
    assertThat(half.code()).as(half.output()).isEqualTo(1);
    assertThat(half.output())
        .contains("lhttp: no JDK could be fetched from " + server.url())
        .contains("; the next start goes on from here");
    nothingIsTrusted();

    server.answer = next;
    assertThat(lhttp(environment(), "--yes", "dev", "x").output()).contains("JAVA " + cache);
    assertThat(server.requests.get(1)).contains(" bytes=");
  }

  @ParameterizedTest
  @ValueSource(strings = {"curl", "wget"})
  void rest_ofAnotherArchive_isFetchedAnew(String tool) throws Exception {
    use(tool);
    server.answer = Answer.HALF;
    lhttp(environment(), "--yes", "dev", "x");
    var part = cache.resolve("lhttp/jdk-download").resolve(server.lastFile());
    Files.write(part, new byte[(int) Files.size(part)]);
    server.answer = Answer.COMPLETE;

    assertThat(lhttp(environment(), "--yes", "dev", "x").output()).contains("JAVA " + cache);
    assertThat(server.requests).hasSize(3);
  }

  @ParameterizedTest
  @ValueSource(strings = {"curl", "wget"})
  void completeDownload_isNotRepeated(String tool) throws Exception {
    use(tool);
    lhttp(environment(), "--yes", "dev", "x");
    var archive = server.lastFile();
    delete(cache.resolve("lhttp/jdks"));
    Files.copy(folder.resolve("jdk.tar.gz"), cache.resolve("lhttp/jdk-download").resolve(archive));

    assertThat(lhttp(environment(), "--yes", "dev", "x").output()).contains("JAVA " + cache);
    assertThat(server.requests).hasSize(1);
  }

  @ParameterizedTest
  @CsvSource({"curl, 404", "wget, 404", "curl, away", "wget, away"})
  void serverWithoutArchive_isReported(String tool, String state) throws Exception {
    use(tool);
    server.answer = Answer.MISSING;
    var environment = environment();
    if (state.equals("away")) {
      server.close();
    }

    var run = lhttp(environment, "--yes", "dev", "x");

    assertThat(run.code()).isEqualTo(1);
    assertThat(run.output().lines())
        .hasSize(2)
        .last()
        .asString()
        .startsWith("lhttp: no JDK could be fetched from http://127.0.0.1:")
        .containsPattern(state.equals("404") ? "404" : "(refused|[Cc]onnect)")
        .endsWith(" (LHTTP_JDK_URL names a mirror)");
    nothingIsTrusted();
  }

  @Test
  void serverAway_duringRest_keepsTheFirstPart() throws Exception {
    use("curl");
    server.answer = Answer.HALF;
    lhttp(environment(), "--yes", "dev", "x");
    var part = cache.resolve("lhttp/jdk-download").resolve(server.lastFile());
    var size = Files.size(part);
    server.close();

    var run = lhttp(environment(), "--yes", "dev", "x");

    assertThat(run.output()).contains("; the next start goes on from here");
    assertThat(part).hasSize(size);
  }

  @Test
  void startsAtTheSameTime_fetchOnce() throws Exception {
    use("curl");
    var starts = new ArrayList<Process>();
    for (var i = 0; i < 4; i++) {
      starts.add(start(environment(), "--yes", "dev", "x"));
    }
    for (var start : starts) {
      assertThat(new String(start.getInputStream().readAllBytes(), UTF_8))
          .contains("JAVA " + cache);
    }
    assertThat(server.requests).hasSize(1);
  }

  @Test
  void startDuringDownload_waitsAndSaysSo() throws Exception {
    use("curl");
    server.answer = Answer.STALLED;
    var first = start(environment(), "--yes", "dev", "x");
    assertThat(server.half.await(Processes.PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
    server.answer = Answer.COMPLETE;

    var second = start(environment(), "--yes", "dev", "x");
    assertThat(second.inputReader(UTF_8).readLine())
        .startsWith("lhttp: waiting for another start that fetches a JDK (process " + first.pid());
    Processes.signal(first, "KILL");

    assertThat(second.inputReader(UTF_8).lines())
        .anyMatch(line -> line.startsWith("JAVA " + cache));
  }

  @ParameterizedTest
  @CsvSource({"INT, 130", "TERM, 143", "HUP, 129", "KILL, 137"})
  void signalDuringDownload_leavesNothingTrusted(String signal, int code) throws Exception {
    use("curl");
    server.answer = Answer.STALLED;
    var first = start(environment(), "--yes", "dev", "x");
    assertThat(server.half.await(Processes.PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();

    Processes.signal(first, signal);

    assertThat(Processes.exitCode(first)).isEqualTo(code);
    nothingIsTrusted();
    server.answer = Answer.COMPLETE;
    assertThat(lhttp(environment(), "--yes", "dev", "x").output()).contains("JAVA " + cache);
  }

  @Test
  void signalDuringUnpacking_leavesNothingTrusted() throws Exception {
    use("curl");
    var tar = find("tar");
    Files.delete(bin.resolve("tar"));
    endless(bin.resolve("tar"), tar + " \"$@\"");

    assertThat(endBySignal(start(environment(), "--yes", "dev", "x"), "INT")).isEqualTo(130);

    Files.delete(bin.resolve("tar"));
    link("tar");
    nothingIsTrusted();
    assertThat(lhttp(environment(), "--yes", "dev", "x").output()).contains("JAVA " + cache);
    assertThat(server.requests).hasSize(1);
  }

  @Test
  void unwritableCache_isReportedInOneLine() throws Exception {
    use("curl");

    var run = unprivileged(environment("HOME=/proc"), "--yes", "dev", "x");

    assertThat(run.code()).isEqualTo(1);
    assertThat(run.output().lines())
        .singleElement()
        .asString()
        .contains("none can be fetched, as ", " has no cache folder in which others may not write")
        .contains("LHTTP_CACHE");
    assertThat(server.requests).isEmpty();
  }

  @Test
  void folderOfOtherUsers_isNeitherUsedNorTrusted() throws Exception {
    use("curl");
    lhttp(environment(), "--yes", "dev", "x");
    assertThat(
            new ProcessBuilder("chmod", "777", cache.resolve("lhttp/jdks").toString())
                .start()
                .waitFor())
        .isZero();

    var run = lhttp(environment(), "--yes", "dev", "x");

    assertThat(run.code()).isEqualTo(1);
    assertThat(run.output()).contains("no cache folder in which others may not write");
  }

  @ParameterizedTest
  @CsvSource({
    "Linux, x86_64, glibc, x64_linux",
    "Linux, aarch64, glibc, aarch64_linux",
    "Linux, x86_64, musl, x64_alpine-linux",
    "Linux, aarch64, musl, aarch64_alpine-linux",
    "Darwin, x86_64, '', x64_mac",
    "Darwin, arm64, '', aarch64_mac",
  })
  void platform_choosesArchive(String system, String processor, String library, String part)
      throws Exception {
    use("curl");
    platform(system, processor, library);

    assertThat(lhttp(environment(), "--yes", "dev", "x").output()).contains("JAVA " + cache);
    assertThat(server.lastFile())
        .matches("OpenJDK25U-jdk_" + part + "_hotspot_25[0-9.]*_[0-9]+\\.tar\\.gz");
  }

  @ParameterizedTest
  @CsvSource({"Linux, riscv64", "FreeBSD, amd64"})
  void unknownPlatform_isNamed(String system, String processor) throws Exception {
    use("curl");
    platform(system, processor, "glibc");

    assertThat(lhttp(environment(), "--yes", "dev", "x").output())
        .endsWith(
            "none can be fetched, as there is none for " + system + " on " + processor + "\n");
  }

  @ParameterizedTest
  @CsvSource({
    "curl, the commands curl and wget are missing",
    "tar, the command tar is missing",
    "sha256sum, 'the commands sha256sum, shasum and openssl are missing'",
  })
  void missingTool_isNamed(String tool, String reason) throws Exception {
    use("curl");
    Files.delete(bin.resolve(tool));

    assertThat(lhttp(environment(), "--yes", "dev", "x").output())
        .endsWith("none can be fetched, as " + reason + "\n");
  }

  @ParameterizedTest
  @ValueSource(strings = {"shasum", "openssl"})
  void otherToolForSums_works(String tool) throws Exception {
    use("curl");
    Files.delete(bin.resolve("sha256sum"));
    assumeTrue(Programs.find(tool).isPresent(), "no " + tool);
    link(tool);

    assertThat(lhttp(environment(), "--yes", "dev", "x").output()).contains("JAVA " + cache);
  }

  @Test
  void archiveOfMac_isUnderstood() throws Exception {
    use("curl");
    server.close();
    serve(jdkArchive("jdk-25/Contents/Home", JAVA));

    assertThat(lhttp(environment(), "--yes", "dev", "x").output()).contains("JAVA " + cache);
    assertThat(lhttp(environment(), "dev", "x").output()).contains("/jdk-25/Contents/Home: ");
  }

  @Test
  void jdkThatDoesNotRun_isDiscarded() throws Exception {
    use("curl");
    server.close();
    serve(jdkArchive("jdk-25", "#!/bin/sh\necho 'no such library' >&2\nexit 1\n"));

    var run = lhttp(environment(), "--yes", "dev", "x");

    assertThat(run.code()).isEqualTo(1);
    assertThat(run.output()).endsWith(" does not run on this machine: no such library\n");
    nothingIsTrusted();
  }

  @Test
  void mirror_isFolderOrArchive() throws Exception {
    use("curl");

    lhttp(environment("LHTTP_JDK_URL=" + server.url() + "/my/jdk.tar.gz"), "--yes", "dev", "x");

    assertThat(server.requests).containsExactly("/jdks/my/jdk.tar.gz");
  }

  @Test
  void archiveOfLhttp_fetchesJdkToo() throws Exception {
    archive();
    delete(folder.resolve("jdks"));
    use("curl");

    assertThat(lhttp(environment(), "--yes", "serve", "x").output()).contains("JAVA " + cache);
  }

  @Test
  void list_hasReleaseOfAdoptiumWithSums() throws IOException {
    var project = Path.of(System.getProperty("lhttp.home", ".."));
    var lines = Files.readAllLines(project.resolve("launcher/jdk.list"));
    lines.removeIf(line -> line.startsWith("#"));

    assertThat(lines.removeFirst())
        .matches(
            "from https://github\\.com/adoptium/temurin25-binaries/releases/download/jdk-25[0-9.]*%2B\\d+");
    assertThat(lines)
        .hasSize(6)
        .allMatch(line ->
            line.matches("[a-z0-9-]+ OpenJDK25U-jdk_\\S+_25[0-9.]*_\\d+\\.tar\\.gz [0-9a-f]{64}"));
    assertThat(lines.stream().map(line -> line.split(" ", -1)[2])).doesNotHaveDuplicates();
  }

  private void nothingIsTrusted() throws Exception {
    var run = lhttp(environment(), "dev", "x");
    assertThat(run.code()).as(run.output()).isEqualTo(1);
    assertThat(run.output()).startsWith("lhttp: no JDK 25 or newer (found: none): install");
  }

  private List<String> environment(String... more) {
    var all = new ArrayList<>(List.of("XDG_CACHE_HOME=" + cache, "LHTTP_JDK_URL=" + server.url()));
    all.addAll(List.of(more));
    return all;
  }

  private void use(String downloader) throws IOException {
    assumeTrue(Programs.find(downloader).isPresent(), "no " + downloader);
    link(downloader);
  }

  private void link(String tool) throws IOException {
    program(bin.resolve(tool), "#!/bin/sh\nexec %s \"$@\"\n".formatted(find(tool)));
  }

  private void platform(String system, String processor, String library) throws IOException {
    program(
        bin.resolve("uname"),
        "#!/bin/sh\ncase $1 in -s) echo %s ;; -m) echo %s ;; *) echo host ;; esac\n"
            .formatted(system, processor));
    if (!library.isEmpty()) {
      program(bin.resolve("ldd"), "#!/bin/sh\necho '%s libc' >&2\n".formatted(library));
    }
  }

  /** Starts a server of an archive, whose hash replaces those in the copy of the list. */
  private void serve(Path archive) throws Exception {
    server = new JdkArchiveServer(archive);
    var list = home.resolve("launcher/jdk.list");
    Files.writeString(list, Files.readString(list).replaceAll("[0-9a-f]{64}", server.sha256()));
  }

  private Path jdkArchive(String inside, String java) throws Exception {
    var content = Files.createTempDirectory(folder, "content");
    var jdk = content.resolve(inside);
    program(jdk.resolve("bin/java"), java);
    program(jdk.resolve("bin/javac"), "");
    write(jdk.resolve("release"), "JAVA_VERSION=\"25.0.4.1\"\n");
    var modules = new byte[400_000];
    new Random(7).nextBytes(modules);
    Files.write(Files.createDirectories(jdk.resolve("lib")).resolve("modules"), modules);
    var archive = folder.resolve("jdk.tar.gz");
    var tar =
        new ProcessBuilder("tar", "-czf", archive.toString(), "-C", content.toString(), ".")
            .start();
    assertThat(tar.waitFor()).isZero();
    return archive;
  }

  private static void delete(Path tree) throws Exception {
    assertThat(new ProcessBuilder("rm", "-rf", tree.toString()).start().waitFor()).isZero();
  }
}
