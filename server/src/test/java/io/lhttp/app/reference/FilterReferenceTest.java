package io.lhttp.app.reference;

import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.app.assembly.BuiltInForms;
import io.lhttp.app.config.Form.Keys;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Each built-in filter has a page with its options and its metrics. */
class FilterReferenceTest {
  private static final String METRICS = "metrics ";
  private static final Javadocs javadocs = new Javadocs(ReferencePage.HOME);
  private static final Map<String, Optional<Keys>> filters = new BuiltInForms().all();

  @Test
  void pages_matchBuiltInFilters() throws IOException {
    try (var pages = Files.list(ReferencePage.HOME.resolve("docs/filters"))) {
      assertThat(pages.map(page -> String.valueOf(page.getFileName()).replace(".md", "")))
          .containsExactlyInAnyOrderElementsOf(names());
    }
  }

  @ParameterizedTest
  @MethodSource("names")
  void tablesOfPage_matchCode(String filter) throws IOException {
    var page = page(filter);
    var options = Objects.requireNonNull(filters.get(filter));
    page.requireParts(part ->
        part.startsWith(METRICS)
            ? MetricTable.of(part.substring(METRICS.length()))
            : new KeyTable(javadocs).with(options.orElseThrow().keys()).markdown());
    assertThat(page.parts().contains("options")).isEqualTo(options.isPresent());
  }

  @ParameterizedTest
  @MethodSource("names")
  void page_hasAnExampleAndItsAnswers(String filter) throws IOException {
    assertThat(page(filter).text())
        .startsWith("# `" + filter + "`\n")
        .contains("\n## Try it\n", "\n## Options\n");
    assertThat(Markdown.blocks(page(filter).text(), "yaml"))
        .isNotEmpty()
        .anyMatch(example -> example.contains("- " + filter));
  }

  static List<String> names() {
    return BuiltInForms.names();
  }

  private static ReferencePage page(String filter) {
    return new ReferencePage("docs/filters/" + filter + ".md");
  }
}
