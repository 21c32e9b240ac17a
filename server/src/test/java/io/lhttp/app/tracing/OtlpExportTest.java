package io.lhttp.app.tracing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.lhttp.app.FolderFixture;
import io.lhttp.app.Processes;
import io.lhttp.filters.pubsub.PubSubFilter;
import io.lhttp.fixture.Ports;
import io.lhttp.fixture.RawClient;
import io.lhttp.nats.NatsBroker;
import io.lhttp.nats.NatsSettings;
import io.lhttp.server.LhttpServer;
import io.lhttp.testing.Eventually;
import io.opentelemetry.proto.trace.v1.Span.SpanKind;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A server sends its spans to a collector by OTLP, and nothing of it runs without the key. */
class OtlpExportTest extends FolderFixture {
  private static final String CLIENTS_TRACE = "0af7651916cd43dd8448eb211c80319c";
  private static final String PARENT = "00-" + CLIENTS_TRACE + "-b7ad6b7169203331-01";

  private final Processes processes = new Processes();

  @AfterEach
  void end() {
    processes.close();
  }

  @Test
  void serve_withCollector_exportsEachSpanAndTheUpstreamGetsItsContext() throws Exception {
    try (var collector = new Collector()) {
      configure(collector, "sample: 1, headers: { authorization: open-sesame }");
      var process = processes.serve(folder);
      var server = Processes.listening(process);
      try (var client = RawClient.open(server.getPort())) {
        client.text("LHTTP/1.0 hello\r\nsubscribe:room\r\nack:true\r\n\r\n");
        client.receive();
        client.text(
            "LHTTP/1.0 order\r\npublish:room\r\ntraceparent:"
                + PARENT
                + "\r\nack:true\r\n\r\n1 cake");
        client.receive();
      }

      var handshake = collector.next("GET");
      var order = orderOf(collector);
      assertThat(handshake.resource())
          .contains(
              entry("service.name", "shop"),
              entry("deployment.environment.name", "test"),
              entry("telemetry.sdk.name", "opentelemetry"));
      assertThat(handshake.authorization()).isEqualTo("open-sesame");
      assertThat(order.span().getKind()).isEqualTo(SpanKind.SPAN_KIND_CONSUMER);
      assertThat(order.parentId()).isEmpty();
      assertThat(order.linkedTraces()).containsExactly(CLIENTS_TRACE, handshake.traceId());
      assertThat(order.attributes())
          .contains(
              entry("messaging.system", "lhttp"),
              entry("messaging.destination.name", "room"),
              entry("lhttp.command", "order"),
              entry("lhttp.outcome", "handled"));
      assertThat(order.events())
          .extracting(event -> event.get("lhttp.link"))
          .containsExactly("pubsub", "upstream");
      var request = named(collector, "POST", order);
      assertThat(request.attributes())
          .contains(
              entry("http.request.method", "POST"),
              entry("http.response.status_code", "200"),
              entry("server.port", Integer.toString(collector.port())));
      assertThat(collector.nextOrder("traceparent"))
          .isEqualTo("00-%s-%s-01".formatted(order.traceId(), request.spanId()));
      var publish = named(collector, "publish", order);
      assertThat(named(collector, "deliver", publish).attributes())
          .contains(entry("lhttp.subscribers", "1"));
      assertThat(collector.all)
          .allSatisfy(span ->
              assertThat(span.span().getName())
                  .isIn("GET", "process", "POST", "publish", "deliver"));
    }
  }

  @Test
  void reload_changesSamplingWithoutRestart() throws Exception {
    try (var collector = new Collector();
        var http = HttpClient.newHttpClient()) {
      configure(collector, "sample: 1");
      var process = processes.serve(folder);
      var server = Processes.listening(process);
      var admin = Processes.admin(process.errorReader());
      try (var client = RawClient.open(server.getPort())) {
        ask(client, "first");
        configure(collector, "sample: 0");
        assertThat(reload(http, admin))
            .contains("\"tracingchanged\"")
            .contains("\"restartNeededFor\":[]");
        ask(client, "second");
        configure(collector, "sample: 1/1");
        reload(http, admin);
        ask(client, "third");
      }

      Collector.Exported third;
      do {
        third = collector.next("process");
      } while (!"third".equals(third.attributes().get("lhttp.command")));
      assertThat(collector.all)
          .extracting(span -> span.attributes().get("lhttp.command"))
          .contains("first")
          .doesNotContain("second");
      var metrics =
          http.send(
                  HttpRequest.newBuilder(admin.resolve("/metrics")).build(),
                  BodyHandlers.ofString())
              .body();
      assertThat(metrics)
          .contains("lhttp_spans_exported_total ")
          .contains("lhttp_spans_dropped_total{reason=\"queue full\"} 0");

      configure(new URI("http://127.0.0.1:1"), "sample: 1");
      assertThat(reload(http, admin)).contains("\"restartNeededFor\":[\"tracing\"]");
    }
  }

  @Test
  void serve_withoutTracing_loadsNoClassOfOpenTelemetry() throws Exception {
    write("lhttp.yaml", "listen: 0\nchain:\n  - pubsub\n");
    var log = folder.resolve("classes.log");
    var process =
        processes.lhttp(
            List.of("-Xlog:class+load:file=" + log),
            List.of("serve", folder.toString(), "--port", "0", "--set", "admin=127.0.0.1:0"));
    var server = Processes.listening(process);
    try (var client = RawClient.open(server.getPort())) {
      ask(client, "hello");
    }
    Processes.signal(process, "TERM");
    assertThat(Processes.exitCode(process)).isZero();

    assertThat(Files.readString(log))
        .contains("io.lhttp.server.LhttpServer")
        .doesNotContain("io.opentelemetry")
        .doesNotContain("io.lhttp.app.tracing.Otlp");
  }

  /** The servers share one process, and meet at NATS alone. */
  @Test
  void delivery_onOtherServer_continuesTheTrace() throws Exception {
    var nats = program();
    assumeTrue(nats != null, "missing program: nats-server");
    var port = Ports.free();
    processes.start(
        new ProcessBuilder(String.valueOf(nats), "-a", "127.0.0.1", "-p", Integer.toString(port))
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("nats.log").toFile()));
    awaitNats(folder.resolve("nats.log"));
    var settings = NatsSettings.DEFAULT.servers(List.of(URI.create("nats://127.0.0.1:" + port)));
    try (var collector = new Collector();
        var oneRecorder = recorder(collector);
        var otherRecorder = recorder(collector);
        var oneBroker = new NatsBroker(settings);
        var otherBroker = new NatsBroker(settings);
        var one = server(oneBroker, oneRecorder);
        var other = server(otherBroker, otherRecorder);
        var publisher = RawClient.open(one.port());
        var subscriber = RawClient.open(other.port())) {
      subscriber.text("LHTTP/1.0 hello\r\nsubscribe:room\r\nack:true\r\n\r\n");
      subscriber.receive();
      publisher.text("LHTTP/1.0 news\r\npublish:room\r\ntraceparent:" + PARENT + "\r\n\r\nhi");
      var delivered = subscriber.receive();

      var deliver = collector.next("deliver");
      assertThat(delivered.header("lhttp-traceparent")).isEmpty();
      assertThat(delivered.header("traceparent")).isEmpty();
      while (collector.all.stream().noneMatch(span -> span.spanId().equals(deliver.parentId()))) {
        collector.next("publish");
      }
      assertThat(collector.all)
          .filteredOn(span -> span.spanId().equals(deliver.parentId()))
          .allSatisfy(span -> assertThat(span.traceId()).isEqualTo(deliver.traceId()));
      assertThat(deliver.traceId()).isNotEqualTo(CLIENTS_TRACE);
    }
  }

  private static SpanRecorder recorder(Collector collector) {
    return SpanRecorder.start(TracingTexts.settings(collector.uri(), "1"), List.of(), _ -> null)
        .orElseThrow();
  }

  private static LhttpServer server(NatsBroker broker, SpanRecorder recorder) throws Exception {
    return LhttpServer.builder()
        .host("127.0.0.1")
        .port(0)
        .filter("pubsub", new PubSubFilter())
        .broker(broker)
        .tracer(recorder)
        .start();
  }

  private static @Nullable Path program() {
    return Stream.of("/usr/sbin", "/usr/local/sbin", "/usr/local/bin", "/usr/bin")
        .map(place -> Path.of(place, "nats-server"))
        .filter(Files::isExecutable)
        .findFirst()
        .orElse(null);
  }

  private static void awaitNats(Path log) {
    Eventually.holds(
        "nats-server is ready",
        () -> {
          try {
            return Files.readString(log).contains("Server is ready");
          } catch (IOException _) {
            return false;
          }
        });
  }

  private void configure(Collector collector, String options) throws Exception {
    configure(collector.uri(), options);
  }

  private void configure(URI collector, String options) throws Exception {
    write(
        "lhttp.yaml",
        """
        tracing: { otlp: "%s", service-name: shop, resource: { deployment.environment.name: test }, %s }
        chain:
          - upstream: { routes: { order: "POST http://127.0.0.1:%d/orders" } }
          - pubsub
        """
            .formatted(collector, options, collector.getPort()));
  }

  private static void ask(RawClient client, String command) throws Exception {
    client.text("LHTTP/1.0 " + command + "\r\n\r\n");
    assertThat(client.receive().command()).isEqualTo(command);
  }

  private static String reload(HttpClient http, URI admin) throws Exception {
    var answer =
        http.sendAsync(
                HttpRequest.newBuilder(admin.resolve("/reload"))
                    .POST(HttpRequest.BodyPublishers.noBody())
                    .build(),
                BodyHandlers.ofString())
            .get(60, TimeUnit.SECONDS);
    assertThat(answer.statusCode()).isEqualTo(200);
    return answer.body().replaceAll("\\s", "");
  }

  private static Collector.Exported orderOf(Collector collector) throws InterruptedException {
    while (true) {
      var span = collector.next("process");
      if ("order".equals(span.attributes().get("lhttp.command"))) {
        return span;
      }
    }
  }

  /** Returns the child of this name, which was exported before or comes later. */
  private static Collector.Exported named(
      Collector collector, String name, Collector.Exported parent) throws InterruptedException {
    while (true) {
      var found =
          collector.all.stream()
              .filter(span -> span.span().getName().equals(name))
              .filter(span -> span.parentId().equals(parent.spanId()))
              .findFirst();
      if (found.isPresent()) {
        assertThat(found.get().traceId()).isEqualTo(parent.traceId());
        return found.get();
      }
      collector.next(name);
    }
  }
}
