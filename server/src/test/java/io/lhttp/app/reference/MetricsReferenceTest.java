package io.lhttp.app.reference;

import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.app.Processes;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code docs/metrics.md} and the pages of filters have all metrics. */
class MetricsReferenceTest {
  private static final String METRICS = "metrics ";
  private static final ReferencePage page = new ReferencePage("docs/metrics.md");
  private static final Pattern TYPE = Pattern.compile("^# TYPE (lhttp_\\S+) (\\S+)$");
  private static final Pattern HELP = Pattern.compile("^# HELP (lhttp_\\S+) (.+)$");
  private static final Pattern LABEL = Pattern.compile("(?<=[{,])([a-z_]+)=\"");

  @Test
  void tables_matchCode() throws IOException {
    page.requireParts(part -> MetricTable.of(part.substring(METRICS.length())));
  }

  @Test
  void tablesOfAllPages_haveEachMetricOnce() throws IOException {
    var pages = new ArrayList<>(List.of(page));
    for (var filter : FilterReferenceTest.names()) {
      pages.add(new ReferencePage("docs/filters/" + filter + ".md"));
    }
    var inTables = new ArrayList<String>();
    for (var each : pages) {
      each.parts().stream()
          .filter(part -> part.startsWith(METRICS))
          .flatMap(part -> MetricTable.named(part.substring(METRICS.length())).stream())
          .forEach(family -> inTables.add(family.name()));
    }
    assertThat(inTables)
        .containsExactlyInAnyOrderElementsOf(
            MetricTable.all().stream().map(SourceMetrics.Family::name).toList());
    assertThat(inTables).hasSizeGreaterThan(70);
  }

  @Test
  void metricsOfRunningServer_areInTables(@TempDir Path folder) throws Exception {
    Files.createDirectories(folder.resolve("processors"));
    Files.writeString(
        folder.resolve("processors/say.js"), "export function onMessage(ctx) { ctx.send(''); }");
    Files.writeString(
        folder.resolve("lhttp.yaml"),
        """
        chain:
          - auth: { jwt: { jwks: "http://127.0.0.1:1/keys" }, anonymous: true }
          - rate-limit: { rate: 1/h }
          - quota: { connections: 10 }
          - events: { to: "http://127.0.0.1:1/", on: [ open, occupied ] }
          - hooks: { to: "http://127.0.0.1:1/", on: [ subscribe ] }
          - upstream: { named: { a: { targets: [ "http://127.0.0.1:1/" ] } }, from-clients: false }
          - pubsub
          - multipart
        history: { a: { messages: 10 } }
        presence: { a: { grace: 1s } }
        """);
    try (var processes = new Processes();
        var http = HttpClient.newHttpClient()) {
      var serve = processes.serve(folder);
      var server = Processes.listening(serve);
      try (var errors = serve.errorReader()) {
        var admin = Processes.admin(errors);
        var publish = URI.create("http://127.0.0.1:" + server.getPort() + "/publish");
        for (var i = 0; i < 2; i++) { // the second one is refused
          http.send(
              HttpRequest.newBuilder(publish)
                  .POST(HttpRequest.BodyPublishers.ofString("LHTTP/1.0 say\r\npublish:a\r\n\r\n"))
                  .build(),
              HttpResponse.BodyHandlers.discarding());
        }
        var metrics =
            http.send(
                    HttpRequest.newBuilder(admin.resolve("/metrics")).build(),
                    HttpResponse.BodyHandlers.ofString())
                .body();
        assertFamilies(metrics);
      }
    }
  }

  /** Requires that all families of the page but old names are known, with these labels. */
  private static void assertFamilies(String metrics) {
    var known = new LinkedHashMap<String, SourceMetrics.Family>();
    MetricTable.all().forEach(family -> known.put(family.name(), family));
    var help = matches(HELP, metrics);
    var seen = 0;
    for (var type : matches(TYPE, metrics).entrySet()) {
      var name = type.getKey();
      if (String.valueOf(help.get(name)).startsWith("Deprecated")) {
        continue;
      }
      assertThat(known).as("metrics in the tables").containsKey(name);
      var family = Objects.requireNonNull(known.get(name));
      assertThat(type.getValue()).as(name).isEqualTo(family.kind());
      assertThat(help.get(name)).as(name).isEqualTo(family.help());
      var labels = labels(name, metrics);
      if (!family.labels().contains("link")) {
        labels.removeAll(Set.of("kind", "link")); // the server adds them to a filter's metrics
      }
      assertThat(labels).as(name).isEqualTo(new TreeSet<>(family.labels()));
      seen++;
    }
    assertThat(seen).isGreaterThan(45);
  }

  private static Map<String, String> matches(Pattern pattern, String text) {
    var matches = new LinkedHashMap<String, String>();
    text.lines()
        .map(pattern::matcher)
        .filter(matcher -> matcher.matches())
        .forEach(matcher -> matches.put(matcher.group(1), matcher.group(2)));
    return matches;
  }

  private static Set<String> labels(String name, String metrics) {
    var labels = new TreeSet<String>();
    metrics
        .lines()
        .filter(line -> line.matches(Pattern.quote(name) + "(_bucket|_count|_sum)?[{ ].*"))
        .forEach(line -> LABEL.matcher(line).results().forEach(m -> labels.add(m.group(1))));
    labels.remove("le");
    return labels;
  }
}
