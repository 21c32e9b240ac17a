package io.lhttp.app.howto;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.lhttp.app.Processes;
import io.lhttp.fixture.HowToPage;
import io.lhttp.fixture.Ports;
import io.lhttp.fixture.Programs;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Prometheus, configured as on the page, reads a server's metrics and evaluates its alerts. */
class PrometheusTest {
  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final String TOKEN = "a-token-of-the-operator";

  @TempDir private Path folder;

  @SuppressWarnings("NullAway.Init") // the test starts one
  private Process prometheus;

  @Test
  void job_scrapesServerWithToken() throws Exception {
    var program = Programs.find("prometheus");
    Assumptions.assumeTrue(program.isPresent(), "missing program: prometheus");
    var application = Files.createDirectory(folder.resolve("app"));
    var settings = new HowToPage("monitor.md").block("yaml", "admin:");
    Files.writeString(
        application.resolve("lhttp.yaml"), settings.replace("0.0.0.0:9091", "127.0.0.1:0"));
    try (var processes = new Processes();
        var http = HttpClient.newHttpClient()) {
      var command =
          new ProcessBuilder(
              Processes.command(List.of("serve", application.toString(), "--port", "0")));
      command.environment().put("ADMIN_TOKEN", TOKEN);
      var serve = processes.start(command);
      Processes.listening(serve);
      try (var errors = serve.errorReader()) {
        var admin = Processes.admin(errors);
        var port = Ports.free();
        prometheus =
            processes.start(
                new ProcessBuilder(
                        program.get().toString(),
                        "--config.file=" + configuration(admin),
                        "--storage.tsdb.path=" + folder.resolve("data"),
                        "--web.listen-address=127.0.0.1:" + port)
                    .redirectErrorStream(true)
                    .redirectOutput(folder.resolve("output.txt").toFile()));
        var api = URI.create("http://127.0.0.1:" + port + "/api/v1/");

        await(
            http,
            api,
            "query?query=" + URLEncoder.encode("up{job=\"lhttp\"}", UTF_8),
            PrometheusTest::isOne);
        await(http, api, "query?query=lhttp_ready", PrometheusTest::isOne);
        var rules = await(http, api, "rules", PrometheusTest::areEvaluatedWithoutAlert);

        assertThat(rules.findValuesAsText("health")).hasSizeGreaterThan(30).containsOnly("ok");
      }
    }
  }

  /** Writes the page's configuration, with this server as the only target. */
  private Path configuration(URI admin) throws IOException {
    var token = Files.writeString(folder.resolve("token"), TOKEN);
    var rules = HowToPage.DOCS.resolve("lhttp.rules.yaml");
    var block = new HowToPage("monitor.md").block("yaml", "scrape_configs");
    assertThat(block).contains("10.0.0.5:9091", "/etc/prometheus/lhttp-token", "15s");
    return Files.writeString(
        folder.resolve("prometheus.yml"),
        "global: { evaluation_interval: 1s }\n"
            + block
                .replaceFirst("\\[ \"10[^]]*]", "[ \"" + admin.getAuthority() + "\" ]")
                .replace("15s", "1s")
                .replace("/etc/prometheus/lhttp-token", token.toString())
                .replace("/etc/prometheus/lhttp.rules.yaml", rules.toString()));
  }

  private JsonNode await(HttpClient http, URI api, String path, Predicate<JsonNode> good)
      throws Exception {
    var until = System.nanoTime() + PATIENCE.toNanos();
    var request = HttpRequest.newBuilder(api.resolve(path)).timeout(PATIENCE).build();
    var last = "";
    while (System.nanoTime() < until && !prometheus.waitFor(200, TimeUnit.MILLISECONDS)) {
      try {
        last = http.send(request, BodyHandlers.ofString()).body();
        var answer = new ObjectMapper().readTree(last);
        if (good.test(answer)) {
          return answer;
        }
      } catch (IOException e) {
        last = e.toString(); // it does not listen yet
      }
    }
    throw new AssertionError(path + ": " + last + Files.readString(folder.resolve("output.txt")));
  }

  private static boolean isOne(JsonNode answer) {
    return answer.at("/data/result/0/value/1").asText().equals("1");
  }

  /** The first evaluation may come before the first scrape, and then finds the server down. */
  private static boolean areEvaluatedWithoutAlert(JsonNode answer) {
    var health = answer.findValuesAsText("health");
    return !health.isEmpty()
        && !health.contains("unknown")
        && answer.findValuesAsText("alertname").isEmpty();
  }
}
