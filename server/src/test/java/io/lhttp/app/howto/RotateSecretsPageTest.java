package io.lhttp.app.howto;

import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.app.assembly.ApplicationLoader;
import io.lhttp.app.settings.Mode;
import io.lhttp.fixture.HowToPage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The configurations of the page about secrets are read, with files of secrets where they say. */
class RotateSecretsPageTest {
  private static final String PAGE = "rotate-secrets.md";
  private static final Pattern FILE = Pattern.compile("file:(secrets/[a-z-]+)");

  @TempDir private Path folder;

  @Test
  void examples_areReadWithoutProblems() throws Exception {
    var run = Files.createDirectory(folder.resolve("run"));
    for (var name : Set.of("jwt", "admin-token")) {
      Files.writeString(run.resolve(name), "a-secret-of-at-least-32-characters\n");
    }
    var blocks = new HowToPage(PAGE).blocks("yaml");
    assertThat(blocks).hasSize(2);
    Files.createDirectory(folder.resolve("secrets"));
    for (var block : blocks) {
      for (var file : FILE.matcher(block).results().map(found -> found.group(1)).toList()) {
        Files.writeString(folder.resolve(file), "the-secret-in-" + file + "\n");
      }
      Files.writeString(
          folder.resolve("lhttp.yaml"), block.replace("/run/secrets", run.toString()));
      var application =
          new ApplicationLoader(folder)
              .environment(Map.of("CREDENTIALS_DIRECTORY", run.toString())::get)
              .mode(Mode.SERVE)
              .load();
      application.scripts().close();
      for (var filter : application.chain().filters()) {
        if (filter.make().call() instanceof AutoCloseable closeable) {
          closeable.close();
        }
      }
    }
  }
}
