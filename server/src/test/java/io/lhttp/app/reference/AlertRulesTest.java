package io.lhttp.app.reference;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The alert rules name metrics that exist, fire when they should, and lead to what to do. */
class AlertRulesTest {
  private static final Path RULES = ReferencePage.HOME.resolve("docs/lhttp.rules.yaml");
  private static final String PAGE = "docs/how-to/alerts.md";
  private static final String TRIALS = "lhttp.rules.test.yaml";
  private static final Pattern METRIC = Pattern.compile("\\b(?:lhttp|jvm|process|system)_\\w+");
  private static final Pattern HEADING = Pattern.compile("^## (\\w+)$", Pattern.MULTILINE);

  /** The metrics of Prometheus' library that alerts may use. */
  private static final List<String> OTHERS = List.of("process_start_time_seconds");

  @Test
  void expressions_nameExistingMetrics() throws IOException {
    var known = new TreeSet<>(OTHERS);
    MetricTable.all().forEach(family -> known.add(family.name()));
    var named = new TreeSet<String>();
    for (var alert : alerts()) {
      METRIC.matcher(alert.path("expr").asText()).results().forEach(m -> named.add(m.group()));
    }

    assertThat(known).containsAll(named);
    assertThat(named).hasSizeGreaterThan(35);
  }

  @Test
  void alerts_haveSeveritySummaryAndParagraph() throws IOException {
    var names = new ArrayList<String>();
    for (var alert : alerts()) {
      var name = alert.path("alert").asText();
      names.add(name);
      assertThat(alert.at("/labels/severity").asText()).as(name).isIn("critical", "warning");
      assertThat(alert.at("/annotations/summary").asText()).as(name).endsWith(".");
      assertThat(alert.at("/annotations/runbook").asText())
          .isEqualTo(PAGE + "#" + name.toLowerCase(Locale.ROOT));
    }
    var headings = HEADING.matcher(new ReferencePage(PAGE).text()).results();

    assertThat(headings.map(heading -> heading.group(1))).containsExactlyElementsOf(names);
    assertThat(names).doesNotHaveDuplicates();
  }

  @Test
  void trials_coverEachAlert() throws IOException {
    var trials = trials();

    for (var alert : alerts()) {
      assertThat(trials).contains("alertname=\"" + alert.path("alert").asText() + "\"");
    }
  }

  @Test
  void rules_fireInTrouble_andOnlyThen(@TempDir Path folder) throws Exception {
    Files.copy(RULES, folder.resolve("lhttp.rules.yaml"));
    Files.writeString(folder.resolve(TRIALS), trials());
    var _ = Promtool.rules(folder, "check", "lhttp.rules.yaml");
    var _ = Promtool.rules(folder, "test", TRIALS);
  }

  private static List<JsonNode> alerts() throws IOException {
    var alerts = new ArrayList<JsonNode>();
    for (var group : new YAMLMapper().readTree(RULES.toFile()).path("groups")) {
      group.path("rules").forEach(alerts::add);
    }
    return alerts;
  }

  private static String trials() throws IOException {
    try (var trials = AlertRulesTest.class.getResourceAsStream(TRIALS)) {
      return new String(Objects.requireNonNull(trials).readAllBytes(), UTF_8);
    }
  }
}
