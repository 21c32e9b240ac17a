package io.lhttp.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.lhttp.Metric;
import io.lhttp.Secrets;
import io.lhttp.Surroundings;
import io.lhttp.filters.upstream.EventsFilter;
import io.lhttp.filters.upstream.EventsOptions;
import io.lhttp.filters.upstream.HooksFilter;
import io.lhttp.filters.upstream.HooksOptions;
import io.lhttp.filters.upstream.HooksOptions.Hook;
import io.lhttp.filters.upstream.UpstreamFilter;
import io.lhttp.filters.upstream.UpstreamOptions;
import io.lhttp.message.Message;
import io.lhttp.server.LhttpServer;
import io.lhttp.testing.Eventually;
import io.lhttp.testing.TestClient;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The backends of {@code docs/filters/upstream.md} answer requests that a server has signed:
 * messages of {@code upstream}, questions of {@code hooks} and events of {@code events}.
 */
class SignedRequestsTest {
  private static final String SECRET = "a secret of the backend's";
  private static final String LISTENING = "listening on ";

  @TempDir private Path folder;
  private @Nullable Process backend;

  @AfterEach
  void end() {
    if (backend != null) {
      backend.destroyForcibly();
    }
  }

  @Test
  void nodeBackend_answersOnlySignedRequests() throws Exception {
    requireSignatures(start("js", "backend.mjs", "node"));
  }

  @Test
  void pythonBackend_answersOnlySignedRequests() throws Exception {
    requireSignatures(start("python", "backend.py", "python3"));
  }

  @Test
  void javaBackend_answersOnlySignedRequests() throws Exception {
    var java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    requireSignatures(start("java", "Backend.java", java));
  }

  private static void requireSignatures(URI backend) throws Exception {
    var refused = "502 the upstream answered with 401";
    assertThat(answer(backend, SECRET, Clock.systemUTC())).isEqualTo("200 ");
    var rotating = Secrets.of("another secret of somebody", SECRET);
    assertThat(answer(backend, rotating, Clock.systemUTC())).isEqualTo("200 ");
    assertThat(answer(backend, "another secret of somebody", Clock.systemUTC())).isEqualTo(refused);
    var early = Clock.offset(Clock.systemUTC(), Duration.ofMinutes(-10));
    assertThat(answer(backend, SECRET, early)).isEqualTo(refused);
    assertThat(unsigned(backend)).isEqualTo(401);
    assertThat(question(backend, SECRET)).isEqualTo("200 ");
    assertThat(question(backend, "another secret of somebody"))
        .isEqualTo("502 the upstream failed");
    assertThat(event(backend, SECRET)).isEqualTo(1);
    assertThat(event(backend, "another secret of somebody")).isZero();
  }

  /** The status and the error that a client gets for a message that the backend is asked about. */
  private static String question(URI backend, String secret) throws Exception {
    var filter =
        new HooksFilter(
            HooksOptions.builder(backend.resolve("/hooks").toString(), Hook.MESSAGE)
                .commands("say")
                .secret(secret)
                .build());
    try (filter;
        var server =
            LhttpServer.builder()
                .port(0)
                .filter("hooks", filter)
                .processor("say", exchange -> exchange.reply().header("status", "200").send())
                .start();
        var client = TestClient.connect(server.uri())) {
      var answer = client.request(Message.of("say", "hällo"));
      return answer.header("status").orElse("") + " " + answer.header("error").orElse("");
    }
  }

  /** The number of events of one connection that the backend has taken. */
  private static double event(URI backend, String secret) throws Exception {
    var filter =
        new EventsFilter(
            EventsOptions.builder(backend.resolve("/events").toString())
                .on(EventsOptions.Event.OPEN)
                .secret(secret)
                .build());
    try (filter) {
      try (var server = LhttpServer.builder().port(0).filter("events", filter).start();
          var client = TestClient.connect(server.uri())) {
        client.request(Message.builder("x").header("ack", "true").build());
      }
      Eventually.holds(
          "the event was delivered or refused",
          () -> count(filter, "events_delivered") + count(filter, "events_failed") == 1);
      return count(filter, "events_delivered");
    }
  }

  private static double count(EventsFilter filter, String name) {
    return filter.metrics().stream()
        .filter(metric -> metric.name().equals(name))
        .mapToDouble(Metric::value)
        .sum();
  }

  /** The status and the error that a client gets for a message with a route to the backend. */
  private static String answer(URI backend, String secret, Clock clock) throws Exception {
    return answer(backend, Secrets.of(secret), clock);
  }

  private static String answer(URI backend, Secrets secrets, Clock clock) throws Exception {
    var real = Surroundings.REAL;
    var filter =
        new UpstreamFilter(
            UpstreamOptions.builder()
                .route("say", "POST " + backend.resolve("/messages?from=here"))
                .secrets(secrets)
                .build(),
            new Surroundings(clock, real.nanos(), real.timer(), real.http(), real.known()));
    try (var server = LhttpServer.builder().port(0).filter("upstream", filter).start();
        var client = TestClient.connect(server.uri())) {
      var answer =
          client.request(Message.builder("say").header("ack", "true").body("hällo").build());
      return answer.header("status").orElse("") + " " + answer.header("error").orElse("");
    }
  }

  /** Sends a request without a signature. Returns the status of the answer. */
  static int unsigned(URI backend) throws Exception {
    try (var http = HttpClient.newHttpClient()) {
      return http.send(
              HttpRequest.newBuilder(backend)
                  .header("lhttp-user", "root")
                  .POST(HttpRequest.BodyPublishers.ofString("forged"))
                  .build(),
              HttpResponse.BodyHandlers.discarding())
          .statusCode();
    }
  }

  /** Runs the page's block of a language, which prints its port. */
  private URI start(String language, String name, String program) throws IOException {
    var block = DocBlock.first("docs/filters/upstream.md", language);
    var file = Files.writeString(folder.resolve(name), block.text());
    var builder = new ProcessBuilder(List.of(program, file.toString()));
    builder.environment().put("UPSTREAM_SECRET", SECRET);
    builder.environment().put("PORT", "0");
    builder.redirectError(ProcessBuilder.Redirect.DISCARD);
    Process started;
    try {
      started = builder.start();
    } catch (IOException e) {
      assumeTrue(false, "missing program: " + program);
      throw e;
    }
    backend = started;
    var line = Optional.ofNullable(started.inputReader().readLine()).orElse("nothing");
    assertThat(line).startsWith(LISTENING);
    return URI.create("http://127.0.0.1:" + line.substring(LISTENING.length()).strip() + "/");
  }
}
