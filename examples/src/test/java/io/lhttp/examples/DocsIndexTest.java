package io.lhttp.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** {@code docs/README.md} has a link to each page. */
class DocsIndexTest {
  private static final Path INDEX = Path.of("docs/README.md");

  @Test
  void index_hasAllPages() throws IOException {
    var home = AppProcess.HOME.toRealPath();
    var linked = DocLink.of(INDEX).stream().map(DocLink::target).toList();
    try (var pages = Files.walk(home.resolve("docs"))) {
      assertThat(linked)
          .containsAll(
              pages
                  .filter(page -> page.toString().endsWith(".md"))
                  .filter(page -> !page.equals(home.resolve(INDEX)))
                  .toList());
    }
  }
}
