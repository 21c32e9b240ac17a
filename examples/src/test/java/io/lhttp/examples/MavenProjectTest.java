package io.lhttp.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The complete pom.xml of the pages builds and tests a program offline. */
class MavenProjectTest {
  @TempDir Path folder;

  @Test
  void page_projectBuildsInEmptyFolder() throws Exception {
    var pom = DocBlock.first("docs/java.md", "xml").text();
    assertThat(DocBlock.first("README.md", "xml").text()).isEqualTo(pom);
    write("pom.xml", pom);
    write("src/main/java/Main.java", DocBlock.first("README.md", "java", "class Main ").text());
    write(
        "src/test/java/EchoTest.java",
        DocBlock.first("docs/java.md", "java", "class EchoTest ").text());

    try (var repository = LocalRepository.create(folder.resolve("repository"))) {
      var run = maven("-o", "-B", "-Dmaven.repo.local=" + repository, "test");

      assertThat(run.exitCode()).as(run.output()).isZero();
      assertThat(run.output()).contains("Tests run: 1, Failures: 0, Errors: 0, Skipped: 0");
      assertThat(folder.resolve("target/classes/Main.class")).isNotEmptyFile();
    }
  }

  private void write(String file, String text) throws IOException {
    var path = folder.resolve(file);
    Files.createDirectories(Objects.requireNonNull(path.getParent()));
    Files.writeString(path, text);
  }

  /** Runs the installed Maven, or else the wrapper, as {@code ./lhttp} does. */
  private CommandRun maven(String... arguments) throws Exception {
    var script =
        "if command -v mvn >/dev/null; then mvn \"$@\"; else '%s/mvnw' \"$@\"; fi"
            .formatted(AppProcess.HOME);
    var command =
        new ArrayList<>(
            List.of(
                "env",
                "JAVA_HOME=" + System.getProperty("java.home"),
                "MAVEN_OPTS=-XX:TieredStopAtLevel=1",
                "sh",
                "-c",
                script,
                "sh"));
    command.addAll(List.of(arguments));
    return CommandRun.in(folder, command);
  }
}
