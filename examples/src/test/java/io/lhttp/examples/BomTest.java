package io.lhttp.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The BOM lists each published artifact with the project's version. */
class BomTest {
  private static final Pattern ARTIFACT = Pattern.compile("<artifactId>(lhttp-[^<]+)</artifactId>");
  private static final Pattern VERSION = Pattern.compile("<version>([^<$]+)</version>");

  private static final Pattern MODULE_NAME = Pattern.compile("<module.name>([^<]+)</module.name>");
  private static final Pattern RELEASE = Pattern.compile("<java.release>([^<]+)</java.release>");

  @Test
  void bom_listsEachPublishedArtifact() throws IOException {
    var published =
        published().stream()
            .map(module -> found(ARTIFACT, readUnchecked(module + "/pom.xml")).getFirst())
            .toList();

    var listed = found(ARTIFACT, read("bom/pom.xml"));
    assertThat(published).hasSizeGreaterThan(10);
    assertThat(listed.subList(1, listed.size())).containsExactlyInAnyOrderElementsOf(published);
  }

  @Test
  void bom_hasVersionOfProject() throws IOException {
    assertThat(found(VERSION, read("bom/pom.xml")).getFirst())
        .isEqualTo(found(VERSION, read("pom.xml")).getFirst());
  }

  /** A library runs on the JDK of its users' programs; scripts and the server bring their own. */
  @ParameterizedTest
  @CsvSource({
    "17, framework/message clients/java",
    "21, framework/core framework/netty framework/cache filters/presence filters/multipart"
        + " filters/pubsub filters/auth filters/rate-limit filters/quota filters/upstream"
        + " brokers/nats testing integrations/spring-boot",
    "25, scripts server",
  })
  void module_isCompiledForItsUsersJdk(String release, String modules) {
    for (var module : modules.split(" ", -1)) {
      var own = found(RELEASE, readUnchecked(module + "/pom.xml"));
      assertThat(own.isEmpty() ? found(RELEASE, readUnchecked("pom.xml")) : own)
          .as(module)
          .containsExactly(release);
    }
  }

  @Test
  void module_isNamedAfterItsRootPackage() {
    for (var module : published()) {
      var name = found(MODULE_NAME, readUnchecked(module + "/pom.xml"));
      assertThat(name).as(module).hasSize(1);
      assertThat(
              AppProcess.HOME
                  .resolve(module)
                  .resolve("src/main/java")
                  .resolve(name.getFirst().replace('.', '/'))
                  .resolve("package-info.java"))
          .exists();
    }
  }

  private static List<String> published() {
    return Modules.all().stream()
        .filter(module -> !module.matches("bom|bench|examples.*|testing/fixture"))
        .toList();
  }

  private static List<String> found(Pattern pattern, String text) {
    return pattern.matcher(text).results().map((MatchResult m) -> m.group(1)).toList();
  }

  private static String read(String file) throws IOException {
    return Files.readString(AppProcess.HOME.resolve(Path.of(file)));
  }

  private static String readUnchecked(String file) {
    try {
      return read(file);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }
}
