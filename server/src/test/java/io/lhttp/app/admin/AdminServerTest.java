package io.lhttp.app.admin;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.lhttp.Chain;
import io.lhttp.Exchange;
import io.lhttp.Filter;
import io.lhttp.KeepsRoute;
import io.lhttp.Metric;
import io.lhttp.MetricSource;
import io.lhttp.Outcome;
import io.lhttp.Secrets;
import io.lhttp.app.config.Place;
import io.lhttp.app.config.Problem;
import io.lhttp.app.http.HttpListener;
import io.lhttp.app.reload.ProbationState;
import io.lhttp.app.reload.ReloadResult;
import io.lhttp.app.settings.AdminAccess;
import io.lhttp.chain.ClientCounts;
import io.lhttp.channel.Retention;
import io.lhttp.client.LhttpClient;
import io.lhttp.filters.auth.AuthFilter;
import io.lhttp.filters.auth.AuthOptions;
import io.lhttp.filters.presence.Presence;
import io.lhttp.filters.presence.PresenceRule;
import io.lhttp.message.Message;
import io.lhttp.nats.NatsBroker;
import io.lhttp.nats.NatsSettings;
import io.lhttp.server.LhttpServer;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The admin port shows metrics, the chain and readiness, and reloads for callers with access. */
class AdminServerTest {
  private static final AdminAccess ANYWHERE = new AdminAccess("127.0.0.1", 0, Optional.empty());
  private static final String TOKEN = "0123456789abcdef";

  private final HttpClient http = HttpClient.newHttpClient();
  private volatile Optional<String> reason = Optional.empty();
  private LhttpServer server;
  private FakeOperatedServer operated;
  private AdminServer admin;

  @BeforeEach
  void start() throws Exception {
    server =
        LhttpServer.builder()
            .port(0)
            .filter("guard", new Guard())
            .processor("echo", exchange -> exchange.send(exchange.request().body()))
            .readiness(() -> reason)
            .start();
    operated = new FakeOperatedServer(server);
    admin = new AdminServer(ANYWHERE, operated, FakeOperatedServer.NO_API);
  }

  @AfterEach
  void stop() {
    admin.close();
    server.close();
    http.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "GET /livez HTT", "GET /livez HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"})
  void idleConnectionsBeyondBound_keepNoOperatorOut(String sent) throws Exception {
    var sockets = new ArrayList<Socket>();
    try {
      for (var i = 0; i < 2 * HttpListener.CONNECTIONS; i++) {
        var socket = new Socket(InetAddress.getLoopbackAddress(), admin.uri().getPort());
        sockets.add(socket);
        try {
          socket.getOutputStream().write(sent.getBytes(UTF_8));
        } catch (IOException e) {
          // It was closed already, for one of the others.
        }
      }

      assertThat(get("/readyz").statusCode()).isEqualTo(200);
    } finally {
      for (var socket : sockets) {
        socket.close();
      }
    }
  }

  @Test
  void metrics_countRefusalsAndTimesOfEachLink() throws Exception {
    talk();

    assertThat(get("/metrics").body().lines())
        .contains(
            "lhttp_link_messages_total{kind=\"filter\",link=\"guard\"} 3.0",
            "lhttp_link_messages_total{kind=\"processor\",link=\"echo\"} 1.0",
            "lhttp_link_refusals_total{command=\"echo\",kind=\"filter\",link=\"guard\",status=\"403\"}"
                + " 1.0",
            "lhttp_link_refusals_total{command=\"no processor\",kind=\"processor\",link=\"no"
                + " processor\",status=\"404\"} 1.0",
            "lhttp_connections_opened_total 1.0",
            "lhttp_reloads_total{result=\"swapped\"} 2.0",
            "lhttp_broker_connected{broker=\"memory\"} 1.0",
            "lhttp_script_runtime{runtime=\"interpreted\"} 1.0",
            "# HELP lhttp_scripts Deprecated, replaced by lhttp_script_runtime.",
            "lhttp_scripts{runtime=\"interpreted\"} 1.0",
            "lhttp_generation 1.0")
        .anyMatch(line ->
            line.startsWith(
                "lhttp_link_recent_seconds{kind=\"filter\",link=\"guard\",percentile=\"99\"}"))
        .anyMatch(line -> line.startsWith("lhttp_link_seconds_count{kind=\"filter\""))
        .anyMatch(line -> line.startsWith("jvm_memory_used_bytes"))
        .noneMatch(line -> line.contains("made-up"));
  }

  @Test
  void chainPage_showsRefusalsAndTimesWithoutSecrets() throws Exception {
    talk();

    var chain = json(get("/chain"));
    assertThat(chain.get("generation").asInt()).isEqualTo(1);
    assertThat(chain.get("scripts").asText()).startsWith("interpreted");
    var guard = chain.get("filters").get(0);
    assertThat(guard.get("name").asText()).isEqualTo("guard");
    assertThat(guard.get("filter").asText()).isEqualTo("auth");
    assertThat(guard.get("options")).hasToString("[\"secret\"]");
    assertThat(guard.get("refusals").get(0).get("count").asInt()).isEqualTo(1);
    var refused = guard.get("lastRefused").get(0);
    assertThat(refused.get("reason").asText()).isEqualTo("not you");
    assertThat(refused.get("address").asText()).isEqualTo("127.0.0.1");
    assertThat(guard.get("lastMinuteMicros").get("p99").asDouble()).isPositive();
    assertThat(chain.get("processors").get(0).get("name").asText()).isEqualTo("echo");
  }

  @Test
  void metrics_conflictingMetric_isLeftOutAlone() throws Exception {
    operated.metrics =
        List.of(
            Metric.counter("upstream_requests", "Requests.", 3).with("target", "a"),
            Metric.counter("upstream_requests", "Requests.", 9).with("target", "a"),
            Metric.gauge("upstream_requests", "Requests.", 9).with("target", "b"),
            Metric.gauge("connections", "Others.", 99).with("mine", "yes"));

    assertThat(get("/metrics").body().lines())
        .contains("lhttp_upstream_requests_total{target=\"a\"} 3.0", "lhttp_connections 0.0")
        .noneMatch(line -> line.contains("target=\"b\"") || line.contains("mine"));
  }

  /** Checks the rules of {@code promtool check metrics}. */
  @Test
  void metrics_namesAndLabels_keepRulesOfPrometheus() throws Exception {
    var metrics = new ArrayList<Metric>();
    metrics.addAll(new AuthFilter(AuthOptions.of(AuthOptions.Jwt.of("x".repeat(40)))).metrics());
    var histories = Map.of("a", Retention.DEFAULT);
    var presence = new Presence("a", PresenceRule.DEFAULT);
    try (var broker = presence.over(new NatsBroker(NatsSettings.DEFAULT, histories))) {
      metrics.addAll(((MetricSource) broker).metrics());
    }
    operated.metrics = metrics;
    talk();

    var text = get("/metrics").body();
    assertThat(text)
        .contains(
            "lhttp_nats_unsupported_version_total", "lhttp_presence_unsupported_version_total")
        .contains("lhttp_nats_newer_total", "lhttp_presence_newer_total");
    assertThat(text)
        .contains("process_cpu_seconds_total ", "system_cpus ")
        .doesNotContain("cpu_time", "cpu_count");
    assertThat(PrometheusRules.broken(text)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "process_cpu_time_ns_total, counter, process_cpu_time_ns_total 1.0",
    "system_cpu_count, gauge, system_cpu_count 2.0",
    "a_seconds, gauge, 'a_seconds{quantile=\"0.5\"} 1.0'",
    "a_sum, gauge, a_sum 1.0",
    "opened, counter, opened 1.0",
    "open_total, gauge, open_total 1.0",
    "a_milliseconds, gauge, a_milliseconds 1.0",
    "aMb, gauge, aMb 1.0",
    "a, gauge, 'a{le=\"1\"} 1.0'"
  })
  void prometheusRules_findEachViolation(String name, String type, String sample) {
    var text = "# HELP %s Some.\n# TYPE %s %s\n%s\n".formatted(name, name, type, sample);

    assertThat(PrometheusRules.broken(text)).isNotEmpty();
  }

  @Test
  void dashboardAndAlerts_nameExistingMetricsOfProcess() throws Exception {
    var docs = Path.of(System.getProperty("lhttp.home"), "docs");
    var there = new TreeSet<String>();
    get("/metrics").body().lines().forEach(line -> there.add(line.split("[{ ]", 2)[0]));
    var named = new TreeSet<String>();
    var expression = Pattern.compile("\\b(?:jvm|process|system)_[a-z0-9_]+");
    for (var file : List.of("grafana.json", "lhttp.rules.yaml")) {
      var text = Files.readString(docs.resolve(file));
      expression.matcher(text).results().forEach(match -> named.add(match.group()));
    }

    assertThat(named).hasSizeGreaterThan(7).contains("process_start_time_seconds");
    named.remove("jvm_gc_pause_seconds_sum"); // shown after the first collection
    assertThat(there).containsAll(named);
  }

  @Test
  void deprecatedMetrics_areNotOnDashboard() throws Exception {
    talk();
    var dashboard =
        Files.readString(Path.of(System.getProperty("lhttp.home"), "docs/grafana.json"));

    assertThat(deprecated(get("/metrics").body()))
        .isNotEmpty()
        .allMatch(name -> !Pattern.compile("\\b" + name + "\\b").matcher(dashboard).find());
  }

  @Test
  void readyz_notReady_bothPortsNameReason() throws Exception {
    assertReady(200, "ready");

    reason = Optional.of("warming");
    assertReady(503, "warming");
    assertThat(get("/livez").statusCode()).isEqualTo(200);

    reason = Optional.empty();
    assertReady(200, "ready");

    assertThat(server.drain()).isTrue();
    assertReady(503, "draining");
    assertThat(get("/livez").statusCode()).isEqualTo(200);
  }

  @Test
  void metrics_ready_isAnswerOfReadyz() throws Exception {
    assertThat(get("/metrics").body().lines()).contains("lhttp_ready 1.0");

    reason = Optional.of("warming");
    assertThat(get("/metrics").body().lines()).contains("lhttp_ready 0.0");
  }

  @Test
  void reload_answersItsResult() throws Exception {
    operated.result =
        new ReloadResult.Swapped(
            2, List.of("chain"), List.of("listen"), Duration.ofSeconds(30), Duration.ofMillis(40));
    var swapped = post("/reload");
    assertThat(swapped.statusCode()).isEqualTo(200);
    assertThat(json(swapped).get("generation").asInt()).isEqualTo(2);
    assertThat(json(swapped).get("milliseconds").asInt()).isEqualTo(40);
    assertThat(json(swapped).get("restartNeededFor")).hasToString("[\"listen\"]");
    assertThat(json(swapped).get("probation").get("seconds").asInt()).isEqualTo(30);
    assertThat(json(swapped).get("probation").get("outcome").asText()).contains("/chain");

    operated.result =
        new ReloadResult.Refused(
            2,
            List.of(new Problem(Place.of("a.yaml"), "one"), new Problem(Place.of("b"), "two")),
            Duration.ofMillis(4));
    var refused = post("/reload");
    assertThat(refused.statusCode()).isEqualTo(422);
    assertThat(json(refused).get("problems")).hasSize(2);

    operated.result =
        new ReloadResult.Busy(2, Instant.parse("2026-01-02T03:04:05Z"), Duration.ZERO);
    var busy = post("/reload");
    assertThat(busy.statusCode()).isEqualTo(409);
    assertThat(json(busy).get("since").asText()).isEqualTo("2026-01-02T03:04:05Z");

    assertThat(get("/reload").statusCode()).isEqualTo(405);
  }

  @Test
  void chainPage_showsProbationAndHangingReloads() throws Exception {
    operated.probation =
        Optional.of(
            new ProbationState(
                5,
                4,
                ProbationState.Outcome.ROLLED_BACK,
                Duration.ZERO,
                new ClientCounts(40, 12),
                new ClientCounts(50, 0)));
    operated.leftBehind = List.of("since 2026-01-02T03:04:05Z at Slow.<init>(Slow.java:3)");
    operated.hanging = List.of("filter 'Pool' in close() since 2026 at Pool.close(Pool.java:4)");

    var chain = json(get("/chain"));

    assertThat(chain.get("probation").get("outcome").asText()).isEqualTo("rolled back");
    assertThat(chain.get("probation").get("running").asInt()).isEqualTo(4);
    assertThat(chain.get("probation").get("clients").get("failed").asInt()).isEqualTo(12);
    assertThat(chain.get("reloadsThatHang").get(0).asText()).contains("Slow.java:3");
    assertThat(chain.get("linksThatHang").get(0).asText()).contains("Pool.java:4");
    assertThat(get("/metrics").body().lines())
        .contains(
            "lhttp_reloads_hanging 1.0",
            "lhttp_links_hanging 1.0",
            "lhttp_probation 0.0",
            "lhttp_reloads_total{result=\"rolled back\"} 0.0");
  }

  @Test
  void start_onTakenPort_throws() {
    var taken = new AdminAccess("127.0.0.1", admin.uri().getPort(), Optional.empty());

    assertThatExceptionOfType(BindException.class)
        .isThrownBy(() -> new AdminServer(taken, operated, FakeOperatedServer.NO_API).close());
  }

  @ParameterizedTest
  @CsvSource({
    "127.0.0.1:9091, 200",
    "localhost, 200",
    "[::1]:1, 200",
    "evil.example:9091, 421",
    "127.0.0.1.evil.example, 421",
    "'', 421"
  })
  void request_withForeignHost_isRefused(String host, int status) throws Exception {
    assertThat(raw("GET /metrics HTTP/1.1\r\nHost: " + host)).startsWith("HTTP/1.1 " + status);
  }

  @Test
  void reload_fromPage_isForbidden() throws Exception {
    assertThat(raw("POST /reload HTTP/1.1\r\nHost: localhost\r\nOrigin: http://localhost"))
        .startsWith("HTTP/1.1 403");
  }

  @Test
  void configuredToken_isNeededForAllButLivez() throws Exception {
    try (var guarded =
        new AdminServer(
            new AdminAccess("127.0.0.1", 0, Optional.of(Secrets.of(TOKEN))),
            operated,
            FakeOperatedServer.NO_API)) {
      for (var path : List.of("metrics", "chain", "reload", "other")) {
        var uri = guarded.uri().resolve(path);
        assertThat(send(HttpRequest.newBuilder(uri)).statusCode()).isEqualTo(401);
        assertThat(send(bearing(uri, TOKEN + "x")).statusCode()).isEqualTo(401);
        assertThat(send(bearing(uri, "")).statusCode()).isEqualTo(401);
      }
      var metrics = guarded.uri().resolve("metrics");
      assertThat(send(bearing(metrics, TOKEN)).statusCode()).isEqualTo(200);
      assertThat(send(HttpRequest.newBuilder(guarded.uri().resolve("livez"))).statusCode())
          .isEqualTo(200);
    }
  }

  @Test
  void twoTokens_areBothValid_replacedOneIsNot() throws Exception {
    var next = "another-token-of-16-characters";
    var both = access("127.0.0.1", Optional.of(Secrets.of(next, TOKEN)));
    try (var guarded = new AdminServer(both, operated, FakeOperatedServer.NO_API)) {
      var metrics = guarded.uri().resolve("metrics");
      assertThat(send(bearing(metrics, TOKEN)).statusCode()).isEqualTo(200);
      assertThat(send(bearing(metrics, next)).statusCode()).isEqualTo(200);
      assertThat(send(bearing(metrics, next + TOKEN)).statusCode()).isEqualTo(401);

      operated.access = Optional.of(access("127.0.0.1", Optional.of(Secrets.of(next))));
      assertThat(send(bearing(metrics, TOKEN)).statusCode()).isEqualTo(401);
      assertThat(send(bearing(metrics, next)).statusCode()).isEqualTo(200);

      operated.access = Optional.empty(); // the listener was removed, which needs a restart
      assertThat(send(bearing(metrics, TOKEN)).statusCode()).isEqualTo(401);
      assertThat(send(bearing(metrics, next)).statusCode()).isEqualTo(200);
    }
  }

  @Test
  void removedToken_staysNeededByOtherMachines() {
    var token = Optional.of(Secrets.of(TOKEN));
    var none = access("127.0.0.1", Optional.empty());

    assertThat(access("0.0.0.0", token).withTokenOf(none).token()).isEqualTo(token);
    assertThat(access("localhost", token).withTokenOf(none).token()).isEmpty();
  }

  private static AdminAccess access(String host, Optional<Secrets> token) {
    return new AdminAccess(host, 0, token);
  }

  @ParameterizedTest
  @ValueSource(strings = {"0.0.0.0", "192.168.1.1", "::", "admin.example"})
  void addressBeyondLoopback_withoutToken_throws(String host) {
    assertThatExceptionOfType(IllegalArgumentException.class)
        .isThrownBy(() -> new AdminAccess(host, 9091, Optional.empty()))
        .withMessageContaining("needs a token");
    assertThat(new AdminAccess(host, 9091, Optional.of(Secrets.of(TOKEN))).toString())
        .doesNotContain(TOKEN);
  }

  @Test
  void shortToken_throws() {
    assertThatExceptionOfType(IllegalArgumentException.class)
        .isThrownBy(() -> new AdminAccess("::1", 9091, Optional.of(Secrets.of("short"))));
  }

  @Test
  void publicPort_hasNoAdminPages() throws Exception {
    var metrics = URI.create("http://127.0.0.1:%d/metrics".formatted(server.port()));

    assertThat(send(HttpRequest.newBuilder(metrics)).statusCode()).isEqualTo(404);
  }

  private static List<String> deprecated(String metrics) {
    return Pattern.compile("# HELP (\\S+) Deprecated, replaced by .*")
        .matcher(metrics)
        .results()
        .map(help -> help.group(1))
        .toList();
  }

  private void talk() throws Exception {
    try (var client = LhttpClient.builder(server.uri()).reconnect(false).connect()) {
      client.request(Message.of("echo", "hi")).get(30, TimeUnit.SECONDS);
      client.request(Message.of("echo", "bad")).exceptionally(e -> Message.of("x", "")).get();
      client.request(Message.of("made-up", "")).exceptionally(e -> Message.of("x", "")).get();
    }
  }

  /** Asserts that the admin port and the public port give this answer. */
  private void assertReady(int status, String body) throws Exception {
    var clients = URI.create("http://127.0.0.1:" + server.port() + "/");
    for (var port : List.of(admin.uri(), clients)) {
      var answer = send(HttpRequest.newBuilder(port.resolve("/readyz")));
      assertThat(answer.statusCode()).as(port.toString()).isEqualTo(status);
      assertThat(answer.body().strip()).as(port.toString()).isEqualTo(body);
    }
  }

  private HttpResponse<String> get(String path) throws Exception {
    return send(HttpRequest.newBuilder(admin.uri().resolve(path)));
  }

  private HttpResponse<String> post(String path) throws Exception {
    return send(HttpRequest.newBuilder(admin.uri().resolve(path)).POST(BodyPublishers.noBody()));
  }

  private HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
    return http.send(request.timeout(Duration.ofSeconds(60)).build(), BodyHandlers.ofString());
  }

  private static HttpRequest.Builder bearing(URI uri, String token) {
    return HttpRequest.newBuilder(uri).header("Authorization", "Bearer " + token);
  }

  private String raw(String head) throws IOException {
    try (var socket = new Socket(InetAddress.getLoopbackAddress(), admin.uri().getPort())) {
      socket
          .getOutputStream()
          .write((head + "\r\nConnection: close\r\nContent-Length: 0\r\n\r\n").getBytes(UTF_8));
      return new String(socket.getInputStream().readAllBytes(), UTF_8);
    }
  }

  private static JsonNode json(HttpResponse<String> response) throws IOException {
    return new ObjectMapper().readTree(response.body());
  }

  /** A filter that refuses some messages, on the event loop. */
  @KeepsRoute
  private static final class Guard implements Filter {
    @Override
    public Outcome filter(Exchange exchange, Chain chain) throws Exception {
      return exchange.request().body().equals("bad")
          ? exchange.refuse(403, "not you")
          : chain.proceed(exchange);
    }

    @Override
    public boolean mayBlock() {
      return false;
    }
  }
}
