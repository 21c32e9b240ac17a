package io.lhttp.app.reference;

import java.util.List;
import java.util.stream.Collectors;

/** A table of metrics in Markdown. */
final class MetricTable {
  private static final List<SourceMetrics.Family> ALL = SourceMetrics.of(ReferencePage.HOME);

  private MetricTable() {}

  static List<SourceMetrics.Family> all() {
    return ALL;
  }

  /** The metrics whose names begin with one of these words. */
  static List<SourceMetrics.Family> named(String beginnings) {
    var words = beginnings.split(" ");
    return ALL.stream()
        .filter(family -> List.of(words).stream().anyMatch(family.name()::startsWith))
        .toList();
  }

  /** The table of these metrics. */
  static String of(String beginnings) {
    return "| metric | kind | meaning |\n| --- | --- | --- |\n"
        + named(beginnings).stream()
            .map(family ->
                "| `%s%s` | %s | %s |"
                    .formatted(
                        family.name(),
                        family.labels().isEmpty()
                            ? ""
                            : "{" + String.join(",", family.labels()) + "}",
                        family.kind(),
                        family.help().replace("|", "\\|")))
            .collect(Collectors.joining("\n"));
  }
}
