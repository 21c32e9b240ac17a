package io.lhttp.app.reference;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code docs/grafana.json} is the dashboard of the code, and shows every metric. */
class DashboardReferenceTest {
  private static final ReferencePage file = new ReferencePage("docs/grafana.json");
  private static final Pattern METRIC = Pattern.compile("\\blhttp_\\w+");

  @Test
  void dashboard_matchesCode() throws IOException {
    file.require(Dashboard.text());
  }

  @Test
  void dashboard_showsEveryMetric() throws IOException {
    var shown = new TreeSet<String>();
    for (var expression : expressions()) {
      METRIC
          .matcher(expression)
          .results()
          .forEach(m -> shown.add(m.group().replace("_bucket", "")));
    }
    var all = MetricTable.all().stream().map(SourceMetrics.Family::name).toList();

    assertThat(shown).containsExactlyInAnyOrderElementsOf(all);
    assertThat(Dashboard.metrics()).containsExactlyInAnyOrderElementsOf(all);
  }

  @Test
  void panels_haveOwnIdTitleAndPlace() throws IOException {
    var ids = new HashSet<Integer>();
    var titles = new HashSet<String>();
    var places = new HashSet<String>();
    var panels = panels();
    for (var panel : panels) {
      ids.add(panel.path("id").asInt());
      titles.add(panel.path("title").asText());
      places.add(panel.at("/gridPos/x") + " " + panel.at("/gridPos/y"));
    }

    assertThat(panels).hasSizeGreaterThan(30);
    assertThat(ids).hasSameSizeAs(panels);
    assertThat(titles).hasSameSizeAs(panels);
    assertThat(places).hasSameSizeAs(panels);
  }

  /** Prometheus parses the expressions, as those of recording rules. */
  @Test
  void expressions_areOfPrometheus(@TempDir Path folder) throws Exception {
    var rules = new StringBuilder("groups: [ { name: dashboard, rules: [\n");
    for (var expression : expressions()) {
      var text = expression.replace("$__rate_interval", "1m").replace("'", "''");
      rules.append("  { record: 'x%d', expr: '%s' },%n".formatted(rules.length(), text));
    }
    Files.writeString(folder.resolve("rules.yaml"), rules + "] } ]\n");
    var output = Promtool.rules(folder, "check", "rules.yaml");

    assertThat(output).contains(expressions().size() + " rules found");
  }

  private static List<JsonNode> panels() throws IOException {
    var panels = new ArrayList<JsonNode>();
    new ObjectMapper().readTree(file.text()).path("panels").forEach(panels::add);
    return panels;
  }

  private static List<String> expressions() throws IOException {
    return panels().stream().flatMap(p -> p.findValuesAsText("expr").stream()).toList();
  }
}
