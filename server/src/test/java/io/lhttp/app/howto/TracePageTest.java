package io.lhttp.app.howto;

import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.app.assembly.ApplicationLoader;
import io.lhttp.fixture.HowToPage;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The configurations of the page about traces are read. */
class TracePageTest {
  @TempDir private Path folder;

  @Test
  void examples_areRead() throws Exception {
    Files.createDirectory(folder.resolve("secrets"));
    Files.writeString(folder.resolve("secrets/otlp"), "Bearer abc\n");
    for (var block : new HowToPage("trace.md").blocks("yaml")) {
      Files.writeString(folder.resolve("lhttp.yaml"), block);
      var application = new ApplicationLoader(folder).load();
      application.scripts().close();

      assertThat(application.settings().tracing()).isPresent();
    }
  }
}
