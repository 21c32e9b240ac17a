package io.lhttp.examples;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The program that packs a release's bundle refuses a bundle that Maven Central would refuse. */
class CentralBundleTest {
  private static final String METADATA =
      """
      <name>A</name><description>B</description><url>C</url><licenses/><developers/><scm/>
      """;

  @TempDir private Path folder;
  private Path repository;

  @BeforeEach
  void publish() throws Exception {
    repository = folder.resolve("repository");
    put("lhttp/1.0.0/lhttp-1.0.0.pom", pom(METADATA + "<packaging>pom</packaging>"));
    put(
        "lhttp-bom/1.0.0/lhttp-bom-1.0.0.pom",
        pom(
            METADATA
                + "<packaging>pom</packaging><dependencyManagement><dependencies><dependency>"
                + "<artifactId>lhttp-a</artifactId></dependency></dependencies></dependencyManagement>"));
    put(
        "lhttp-a/1.0.0/lhttp-a-1.0.0.pom",
        pom("<parent/><name>A</name><description>B</description>"));
    for (var kind : List.of(".jar", "-sources.jar", "-javadoc.jar", "-cyclonedx.json")) {
      put("lhttp-a/1.0.0/lhttp-a-1.0.0" + kind, kind);
    }
    Files.writeString(repository.resolve("io/lhttp/lhttp-a/maven-metadata.xml"), "");
  }

  @Test
  void completeRepository_isPacked() throws Exception {
    var run = run();

    assertThat(run)
        .isEqualTo("0 release: the bundle has 3 artifacts in 28 files; nothing is missing\n");
    try (var bundle = new ZipFile(folder.resolve("central.zip").toFile())) {
      assertThat(bundle.getEntry("io/lhttp/lhttp-a/1.0.0/lhttp-a-1.0.0.jar.asc")).isNotNull();
      assertThat(bundle.getEntry("io/lhttp/lhttp-a/maven-metadata.xml")).isNull();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "lhttp-a/1.0.0/lhttp-a-1.0.0-sources.jar, lhttp-a has no lhttp-a-1.0.0-sources.jar",
    "lhttp-a/1.0.0/lhttp-a-1.0.0-javadoc.jar, lhttp-a has no lhttp-a-1.0.0-javadoc.jar",
    "lhttp-a/1.0.0/lhttp-a-1.0.0-cyclonedx.json, lhttp-a has no lhttp-a-1.0.0-cyclonedx.json",
    "lhttp-a/1.0.0/lhttp-a-1.0.0.jar.asc, io/lhttp/lhttp-a/1.0.0/lhttp-a-1.0.0.jar is not signed",
    "lhttp-a/1.0.0/lhttp-a-1.0.0.pom.md5, io/lhttp/lhttp-a/1.0.0/lhttp-a-1.0.0.pom has no right .md5",
    "lhttp-a/1.0.0/lhttp-a-1.0.0.jar, 'the BOM lists [lhttp-a], and the bundle has []'",
  })
  void missingFile_isNamed(String file, String problem) throws Exception {
    Files.delete(repository.resolve("io/lhttp").resolve(file));

    assertThat(run()).startsWith("1 ").contains("release: " + problem + "\n");
    assertThat(folder.resolve("central.zip")).doesNotExist();
  }

  @ParameterizedTest
  @CsvSource({
    "lhttp-a/1.0.0/lhttp-a-1.0.0.pom, <name>A</name>, lhttp-a: its POM has no name",
    "lhttp/1.0.0/lhttp-1.0.0.pom, <scm/>, lhttp: its POM has no scm",
    "lhttp/1.0.0/lhttp-1.0.0.pom, <licenses/>, lhttp-a: its POM has no licenses",
  })
  void missingMetadata_isNamed(String file, String part, String problem) throws Exception {
    var pom = Files.readString(repository.resolve("io/lhttp").resolve(file));
    put(file, pom.replace(part, ""));

    assertThat(run()).startsWith("1 ").contains("release: " + problem + "\n");
  }

  @Test
  void snapshot_isNamed() throws Exception {
    var pom =
        pom("<parent/><name>A</name><description>B</description><version>2-SNAPSHOT</version>");
    put("lhttp-a/1.0.0/lhttp-a-1.0.0.pom", pom);

    assertThat(run()).startsWith("1 ").contains("release: lhttp-a: its POM names a snapshot\n");
  }

  @Test
  void wrongChecksum_isNamed() throws Exception {
    Files.writeString(repository.resolve("io/lhttp/lhttp-a/1.0.0/lhttp-a-1.0.0.jar"), "changed");

    assertThat(run()).startsWith("1 ").contains("lhttp-a-1.0.0.jar has no right .sha1\n");
  }

  private static String pom(String content) {
    return "<project>" + content + "</project>";
  }

  /** Writes a file of the repository with its checksums and a signature. */
  private void put(String name, String text) throws Exception {
    var file = repository.resolve("io/lhttp").resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
    Files.writeString(file.resolveSibling(file.getFileName() + ".asc"), "signed");
    for (var algorithm : List.of("MD5", "SHA-1")) {
      var digest = MessageDigest.getInstance(algorithm).digest(text.getBytes(UTF_8));
      var suffix = "." + algorithm.toLowerCase(Locale.ROOT).replace("-", "");
      Files.writeString(
          file.resolveSibling(file.getFileName() + suffix), HexFormat.of().formatHex(digest));
    }
  }

  /** Runs the program. Returns its exit code and what it printed. */
  private String run() throws IOException, InterruptedException {
    var command = new ArrayList<String>();
    command.add(Path.of(System.getProperty("java.home"), "bin/java").toString());
    command.add(AppProcess.HOME.resolve(".mvn/CentralBundle.java").toString());
    command.addAll(
        List.of(repository.toString(), "1.0.0", folder.resolve("central.zip").toString()));
    var process = new ProcessBuilder(command).redirectErrorStream(true).start();
    var said = new String(process.getInputStream().readAllBytes(), UTF_8);
    return process.waitFor() + " " + said;
  }
}
