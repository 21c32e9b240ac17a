package io.lhttp.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * {@code ./lhttp package} packs the server with a runtime. Stand-ins for Maven and jlink make small
 * ones; {@code ./lhttp package --try} starts real packages.
 */
class LauncherPackageTest extends LauncherFixture {
  private static final Path NPM =
      Path.of(System.getProperty("lhttp.home", ".."), "server/src/main/npm");

  /** A script in place of jlink. Its licences are links, as those of jlink are. */
  private static final String JLINK =
      """
      #!/bin/sh
      echo "jlink $*"
      while [ "$1" != --output ]; do shift; done
      mkdir -p "$2/bin" "$2/legal/java.base" "$2/legal/java.sql"
      cp "${0%/jlink}/java" "${0%/jlink}/javac" "$2/bin"
      echo GPL >"$2/legal/java.base/LICENSE"
      ln -s ../java.base/LICENSE "$2/legal/java.sql/LICENSE"
      echo 'JAVA_VERSION="25.0.3"
      MODULES="java.base jdk.internal.vm.ci"' >"$2/release"
      """;

  /** Makes the archive that Maven makes in a checkout. */
  private static final String ARCHIVE =
      """
      made=lhttp-0.2.0-SNAPSHOT
      mkdir -p "$made/docs" "$made/examples/echo" "$made/launcher" "$made/lib"
      cp lhttp "$made"
      cp launcher/* "$made/launcher"
      rm "$made/launcher/build.sh"
      cp server/target/lhttp-server.jar "$made"
      for file in LICENSE README.md CHANGELOG.md docs/cli.md examples/echo/lhttp.yaml lib/netty.jar; do
        echo text >"$made/$file"
      done
      echo '# Third-party libraries' >"$made/THIRD-PARTY.md"
      echo '{
        "bomFormat": "CycloneDX",
        "components": [
      {"name": "netty"}
        ]
      }' >"$made/sbom.json"
      tar -czf "server/target/$made.tar.gz" "$made"
      rm -r "$made"
      """;

  private static final String RELEASE =
      """
      IMPLEMENTOR="Eclipse Adoptium"
      JAVA_RUNTIME_VERSION="25.0.3+9-LTS"
      JAVA_VERSION="25.0.3"
      LIBC="gnu"
      MODULES="java.base java.desktop jdk.jlink"
      OS_ARCH="x86_64"
      OS_NAME="Linux"
      """;

  private Path release;

  @BeforeEach
  void aJdkWithJlink() throws IOException {
    for (var tool : List.of("chmod", "cp", "du", "grep", "gzip", "sed", "tar", "uname", "wc")) {
      program(bin.resolve(tool), "#!/bin/sh\nexec %s \"$@\"\n".formatted(find(tool)));
    }
    var jdk = jdk("home", "25");
    program(jdk.resolve("bin/jlink"), JLINK);
    release = jdk.resolve("release");
    write(release, RELEASE);
    program(bin.resolve("mvn"), MAVEN + ARCHIVE);
    write(home.resolve("pom.xml"), "<project>\n  <version>0.2.0-SNAPSHOT</version>\n</project>\n");
    write(home.resolve("LICENSE"), "Apache");
    for (var part :
        List.of(
            "lhttp", "package.json", "README.md", "platform/package.json", "platform/README.md")) {
      write(home.resolve("server/src/main/npm").resolve(part), Files.readString(NPM.resolve(part)));
    }
  }

  @Test
  void package_makesArchiveWithRuntime() throws Exception {
    var run = lhttp("package");

    assertThat(run.code()).as(run.output()).isZero();
    assertThat(run.output())
        .containsPattern(
            "package/lhttp-0.2.0-SNAPSHOT-linux-x64.tar.gz: \\d+ kB, \\d+ kB unpacked\n");
    assertThat(calls())
        .singleElement()
        .asString()
        .contains(" -pl server -am package -Pdistribution");
    assertThat(Files.readString(home.resolve("server/target/build.log")))
        .containsPattern(
            "jlink --add-modules \\S*java.se,\\S*jdk.compiler,\\S*jdk.internal.vm.ci,");
    var unpacked =
        unpack("lhttp-0.2.0-SNAPSHOT-linux-x64.tar.gz", "lhttp-0.2.0-SNAPSHOT-linux-x64");
    assertThat(unpacked.resolve("runtime/bin/java")).isExecutable();
    assertThat(unpacked.resolve("runtime/legal/java.sql/LICENSE")).hasContent("GPL");
    assertThat(unpacked.resolve("docs/cli.md")).exists();
    assertThat(unpacked.resolve("runtime/release"))
        .content()
        .contains(
            "MODULES=\"java.base jdk.internal.vm.ci\"\n", "IMPLEMENTOR=\"Eclipse Adoptium\"\n")
        .containsOnlyOnce("MODULES=");
  }

  @Test
  void package_addsRuntimeToLicencesAndSbom() throws Exception {
    lhttp("package");

    var unpacked =
        unpack("lhttp-0.2.0-SNAPSHOT-linux-x64.tar.gz", "lhttp-0.2.0-SNAPSHOT-linux-x64");
    assertThat(unpacked.resolve("THIRD-PARTY.md"))
        .content()
        .startsWith("# Third-party libraries\n")
        .contains("OpenJDK 25.0.3+9-LTS by Eclipse Adoptium, under the GNU General Public License");
    var components = json(unpacked.resolve("sbom.json")).path("components");
    assertThat(components).hasSize(2);
    assertThat(components.get(0).path("purl").asText())
        .isEqualTo("pkg:generic/openjdk@25.0.3%2B9-LTS");
    assertThat(components.get(0).path("licenses").get(0).path("expression").asText())
        .isEqualTo("GPL-2.0-only WITH Classpath-exception-2.0");
  }

  @ParameterizedTest
  @CsvSource({
    "Linux, x86_64, linux, x64",
    "Linux, aarch64, linux, arm64",
    "Darwin, aarch64, darwin, arm64",
    "Darwin, x86_64, darwin, x64",
  })
  void package_makesNpmPackagesForPlatformOfJdk(
      String system, String processor, String npmSystem, String npmProcessor) throws Exception {
    write(release, RELEASE.replace("Linux", system).replace("x86_64", processor));
    var platform = npmSystem + "-" + npmProcessor;

    var run = lhttp("package");

    assertThat(run.output())
        .containsPattern("lhttp-server-" + platform + "-0.2.0-SNAPSHOT.tgz: \\d+ kB, for npm\n")
        .containsPattern(
            "lhttp-server-0.2.0-SNAPSHOT.tgz: \\d+ kB, for npm, brings the one before\n");
    var own = unpack("lhttp-server-" + platform + "-0.2.0-SNAPSHOT.tgz", "package");
    var main = unpack("lhttp-server-0.2.0-SNAPSHOT.tgz", "package");
    var about = json(own.resolve("package.json"));
    assertThat(about.path("name").asText()).isEqualTo("lhttp-server-" + platform);
    assertThat(about.path("os").get(0).asText()).isEqualTo(npmSystem);
    assertThat(about.path("cpu").get(0).asText()).isEqualTo(npmProcessor);
    assertThat(about.has("libc")).isEqualTo(npmSystem.equals("linux"));
    var needed = json(main.resolve("package.json")).path("optionalDependencies");
    assertThat(needed).hasSize(4);
    assertThat(needed.path("lhttp-server-" + platform).asText()).isEqualTo("0.2.0-SNAPSHOT");
    assertThat(main.resolve("bin/lhttp")).isExecutable();
  }

  @Test
  void npmPackage_hasServerWithoutPagesAndLinks() throws Exception {
    lhttp("package");

    var own = unpack("lhttp-server-linux-x64-0.2.0-SNAPSHOT.tgz", "package");
    assertThat(own.resolve("lhttp")).isExecutable();
    assertThat(own.resolve("runtime/bin/java")).isExecutable();
    assertThat(own.resolve("THIRD-PARTY.md")).exists();
    assertThat(own.resolve("docs")).doesNotExist();
    assertThat(own.resolve("examples")).doesNotExist();
    try (var files = Files.walk(own)) {
      assertThat(files).noneMatch(Files::isSymbolicLink);
    }
    assertThat(own.resolve("runtime/legal/java.sql/LICENSE")).hasContent("GPL");
  }

  @Test
  void package_unknownArgument_isUsageError() throws Exception {
    var run = lhttp("package", "--tri");

    assertThat(run.code()).isEqualTo(2);
    assertThat(run.output())
        .isEqualTo(
            "lhttp package: it takes no argument or --try, and not '--tri'; see ./lhttp package"
                + " --help\n");
  }

  @Test
  void packageHelp_describesTryAndBuildsNothing() throws Exception {
    var run = lhttp("package", "--help");

    assertThat(run.code()).isZero();
    assertThat(run.output()).startsWith("Usage: lhttp package [--try]\n").contains("--try   ");
    assertThat(home.resolve("maven-calls")).doesNotExist();
  }

  @Test
  void packageTry_withoutNpm_isRefusedBeforeBuild() throws Exception {
    var run = lhttp("package", "--try");

    assertThat(run.code()).isEqualTo(1);
    assertThat(run.output()).isEqualTo("lhttp: package --try needs npm, with Node 20 or newer\n");
    assertThat(home.resolve("maven-calls")).doesNotExist();
  }

  @Test
  void jdkWithoutJlink_isRefusedWithRemedy() throws Exception {
    Files.delete(release.resolveSibling("bin/jlink"));

    var run = lhttp("package");

    assertThat(run.code()).isEqualTo(1);
    assertThat(run.output()).contains(" has no jlink: point JAVA_HOME at a whole JDK 25");
    assertThat(home.resolve("maven-calls")).doesNotExist();
  }

  @ParameterizedTest
  @CsvSource({
    "Linux, Windows, there are packages for Linux and macOS; 'Windows'",
    "x86_64, s390x, there are packages for x64 and arm64; 's390x'",
    "gnu, musl, there are packages for glibc; for musl",
  })
  void jdkOfOtherPlatform_isRefused(String from, String to, String message) throws Exception {
    write(release, RELEASE.replace(from, to));

    var run = lhttp("package");

    assertThat(run.code()).isEqualTo(1);
    assertThat(run.output()).contains(message.split("; ", -1));
  }

  @Test
  void failureOfJlink_isReportedWithItsLog() throws Exception {
    program(release.resolveSibling("bin/jlink"), "#!/bin/sh\necho Error: no such module\nexit 1\n");

    var run = lhttp("package");

    assertThat(run.code()).isEqualTo(1);
    var log = home.resolve("server/target/build.log");
    assertThat(run.output())
        .endsWith("lhttp: the archive could not be packed; the reason is in " + log + "\n");
    assertThat(log).content().contains("Error: no such module");
  }

  @ParameterizedTest
  @ValueSource(strings = {"install", "package"})
  void commandOfCheckout_inArchive_isRefused(String command) throws Exception {
    archive();

    var run = lhttp(command);

    assertThat(run.code()).isEqualTo(2);
    assertThat(run.output())
        .isEqualTo(
            "lhttp: '%s' needs a checkout, and %s is an archive; 'lhttp --help' lists its commands\n"
                .formatted(command, home));
  }

  @Test
  void archiveWithRuntime_startsWithItAlone() throws Exception {
    lhttp("package");
    home = unpack("lhttp-0.2.0-SNAPSHOT-linux-x64.tar.gz", "lhttp-0.2.0-SNAPSHOT-linux-x64");

    var withJdk = lhttp("serve", "x");
    assertThat(withJdk.output()).contains("JAVA " + home + "/runtime: ");

    Files.delete(release);
    var withoutJdk = lhttp("serve", "x");
    assertThat(withoutJdk.code()).as(withoutJdk.output()).isZero();
    assertThat(withoutJdk.output()).contains("JAVA " + home + "/runtime: ");
  }

  @ParameterizedTest
  @CsvSource({
    // npm's command, the words of the user, the words of the server
    "exec, dev app, npx lhttp: dev --with-parent app",
    "run-script, dev, lhttp: dev --with-parent",
    "exec, serve app, npx lhttp: serve app",
    "'', dev app, lhttp: dev app",
  })
  void npmCommand_startsPackageOfPlatform(String npm, String words, String started)
      throws Exception {
    npmProject();
    program(
        folder.resolve("project/node_modules/lhttp-server-linux-x64/lhttp"),
        "#!/bin/sh\necho \"$LHTTP_NAME: $*\"\n");

    var run = npm(npm, words);

    assertThat(run.output()).isEqualTo(started + "\n");
    assertThat(run.code()).isZero();
  }

  @Test
  void npmCommand_withoutPackageOfPlatform_namesIt() throws Exception {
    npmProject();

    var run = npm("exec", "dev");

    assertThat(run.code()).isEqualTo(1);
    assertThat(run.output())
        .startsWith("lhttp: the package lhttp-server-linux-x64 is not installed. ")
        .contains("--omit=optional");
  }

  /** Makes a project as npm leaves it on Linux and x64. */
  private void npmProject() throws IOException {
    var modules = folder.resolve("project/node_modules");
    program(modules.resolve("lhttp-server/bin/lhttp"), Files.readString(NPM.resolve("lhttp")));
    Files.createDirectories(modules.resolve(".bin"));
    Files.createSymbolicLink(modules.resolve(".bin/lhttp"), Path.of("../lhttp-server/bin/lhttp"));
    program(
        bin.resolve("uname"), "#!/bin/sh\nif [ $1 = -s ]; then echo Linux; else echo x86_64; fi\n");
  }

  private Run npm(String npm, String words) throws Exception {
    home = folder.resolve("project/node_modules/.bin");
    return lhttp(npm.isEmpty() ? List.of() : List.of("npm_command=" + npm), words.split(" ", -1));
  }

  /** Unpacks a package into a folder of its own, and returns one of the folders there. */
  private Path unpack(String file, String name) throws Exception {
    var to = Files.createDirectories(folder.resolve("unpacked " + file));
    var packed = home.resolve("target/package").resolve(file);
    var tar =
        new ProcessBuilder("tar", "-xzf", packed.toString(), "-C", to.toString())
            .inheritIO()
            .start();
    assertThat(tar.waitFor()).isZero();
    return to.resolve(name);
  }

  private static JsonNode json(Path file) throws IOException {
    return new ObjectMapper().readTree(Files.readString(file));
  }
}
