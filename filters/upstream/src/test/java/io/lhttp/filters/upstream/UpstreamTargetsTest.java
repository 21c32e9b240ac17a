package io.lhttp.filters.upstream;

import static io.lhttp.filters.upstream.Upstreams.chain;
import static io.lhttp.filters.upstream.Upstreams.measure;
import static io.lhttp.filters.upstream.Upstreams.message;
import static io.lhttp.filters.upstream.Upstreams.options;
import static io.lhttp.filters.upstream.Upstreams.outcome;
import static io.lhttp.filters.upstream.Upstreams.send;
import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.Handshake;
import io.lhttp.Outcome;
import io.lhttp.Principal;
import io.lhttp.fixture.Ports;
import io.lhttp.internal.text.IpAddress;
import io.lhttp.testing.Eventually;
import io.lhttp.testing.RecordingConnection;
import io.lhttp.testing.TestChain;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Named upstreams balance and retry requests, and skip targets that fail. */
class UpstreamTargetsTest {
  private final RawBackend backend = RawBackend.ok();

  @AfterEach
  void close() {
    backend.close();
  }

  @Test
  void namedUpstream_balancesRequests() throws Exception {
    try (var second = RawBackend.ok()) {
      var options =
          options(o -> o.named(Map.of("records", named(backend.url("/a"), second.url("/b/")))));

      for (var i = 0; i < 10; i++) {
        assertThat(outcome(options, "POST records")).isEqualTo(Outcome.done());
      }
      try (var chain = chain(options)) {
        var jack = chain.connect("jack");
        for (var i = 0; i < 10; i++) {
          chain.send(jack, message("POST records/7?x=1").build());
        }
      }

      assertThat(backend.requests).hasSize(15);
      assertThat(second.requests).hasSize(5);
      assertThat(second.requests.take().line()).isEqualTo("POST /b/7?x=1 HTTP/1.1");
      assertThat(outcome(options, "POST records/../x"))
          .isEqualTo(Outcome.refused(403, "this upstream is not allowed"));
      assertThat(outcome(options, "POST others"))
          .isEqualTo(Outcome.refused(403, "this upstream is not allowed"));
    }
  }

  @Test
  void retry_repeatsGetButNotPost() {
    var count = new AtomicInteger();
    try (var flaky =
        new RawBackend(request ->
            count.incrementAndGet() % 2 == 1
                ? RawBackend.status(503, "Retry-After: 0")
                : RawBackend.OK)) {
      var options = options(o -> o.allow(flaky.url("/")).retries(1));

      assertThat(
              send(options, message("GET " + flaky.url("/")).build()).replies().getFirst().body())
          .isEqualTo("ok");
      assertThat(count).hasValue(2);
      assertThat(outcome(options, "POST " + flaky.url("/")))
          .isEqualTo(Outcome.refused(502, "the upstream answered with 503"));
      assertThat(count).hasValue(3);
    }
  }

  @Test
  void post_overBrokenConnection_isNotRepeated() {
    try (var cutting = new RawBackend(request -> "")) {
      var options = options(o -> o.allow(cutting.url("/")).retries(3));

      assertThat(outcome(options, "POST " + cutting.url("/")))
          .isEqualTo(Outcome.refused(502, "the upstream failed"));
      assertThat(cutting.requests).hasSize(1);
    }
  }

  @Test
  void deadTarget_sendsItsRequestsToOther() throws Exception {
    var dead = Ports.free();
    var options =
        options(o ->
            o.named(Map.of("records", named("http://127.0.0.1:" + dead + "/", backend.url("/")))));
    try (var chain = chain(options)) {
      var jack = chain.connect("jack");
      for (var i = 0; i < 4; i++) {
        assertThat(chain.send(jack, message("POST records").build()).outcome())
            .isEqualTo(Outcome.done());
      }
    }
    assertThat(backend.requests).hasSize(4);
  }

  @Test
  void openBreaker_letsOneRequestTry() {
    var down = new AtomicInteger(1);
    var nanos = new AtomicLong();
    try (var flaky =
            new RawBackend(request -> down.get() == 1 ? RawBackend.status(502) : RawBackend.OK);
        var chain =
            TestChain.builder()
                .filter(
                    "upstream",
                    new UpstreamFilter(
                        options(o ->
                            o.allow(flaky.url("/")).breaker(3, Duration.ofSeconds(10)).retries(0)),
                        HttpClients.SHARED,
                        nanos::get,
                        InstantSource.system()))
                .build()) {
      var jack = chain.connect("jack");
      var post = message("POST " + flaky.url("/")).build();
      for (var i = 0; i < 3; i++) {
        chain.send(jack, post);
      }
      assertThat(chain.send(jack, post).outcome())
          .isEqualTo(
              Outcome.refused(503, "the upstream is not available")
                  .retryAfter(Duration.ofSeconds(10)));
      assertThat(flaky.requests).hasSize(3);

      nanos.addAndGet(Duration.ofSeconds(10).toNanos());
      down.set(0);
      assertThat(chain.send(jack, post).outcome()).isEqualTo(Outcome.done());
      assertThat(chain.send(jack, post).outcome()).isEqualTo(Outcome.done());
    }
  }

  @Test
  void failuresOfOneClient_blockThatClientAlone() {
    try (var flaky =
            new RawBackend(request ->
                request.line().contains("/bad") ? RawBackend.status(503) : RawBackend.OK);
        var chain = breaking(flaky, 3)) {
      var jack = user(chain, "jack");
      var mike = user(chain, "mike");
      for (var i = 0; i < 3; i++) {
        chain.send(jack, message("POST " + flaky.url("/bad")).build());
      }

      assertThat(chain.send(jack, message("POST " + flaky.url("/")).build()).outcome())
          .isEqualTo(
              Outcome.refused(503, "the upstream is not available")
                  .retryAfter(Duration.ofSeconds(10)));
      assertThat(chain.send(mike, message("POST " + flaky.url("/")).build()).outcome())
          .isEqualTo(Outcome.done());
    }
  }

  @Test
  void failuresOfOneSite_leaveTargetOpenToOthers() {
    try (var flaky =
            new RawBackend(request ->
                request.line().contains("/bad") ? RawBackend.status(503) : RawBackend.OK);
        var chain = breaking(flaky, 3)) {
      for (var network = 0; network < 9; network++) {
        var address = IpAddress.parse("2001:db8:0:%x::1".formatted(network)).orElseThrow();
        var handshake = new Handshake(new InetSocketAddress(address, 1), "/", Map.of());
        var client = new RecordingConnection("c" + network, handshake);
        assertThat(chain.send(client, message("POST " + flaky.url("/bad")).build()).outcome())
            .isEqualTo(Outcome.refused(502, "the upstream answered with 503"));
      }
      assertThat(
              chain.send(user(chain, "mike"), message("POST " + flaky.url("/")).build()).outcome())
          .isEqualTo(Outcome.done());
    }
  }

  @Test
  void failedTryOfOneClient_leavesTryToOthers() {
    var nanos = new AtomicLong();
    try (var partly =
            new RawBackend(request ->
                request.line().contains("/bad") ? RawBackend.status(503) : RawBackend.OK);
        var chain = breaking(partly, 3, nanos)) {
      var bad = message("POST " + partly.url("/bad")).build();
      var good = message("POST " + partly.url("/")).build();
      for (var name : List.of("jack", "mike", "mia")) {
        chain.send(user(chain, name), bad);
      }
      nanos.addAndGet(Duration.ofSeconds(10).toNanos());

      assertThat(chain.send(user(chain, "jack"), bad).outcome())
          .isEqualTo(Outcome.refused(502, "the upstream answered with 503"));
      assertThat(chain.send(user(chain, "jack"), bad).outcome())
          .isEqualTo(
              Outcome.refused(503, "the upstream is not available")
                  .retryAfter(Duration.ofSeconds(10)));
      assertThat(chain.send(user(chain, "zoe"), good).outcome()).isEqualTo(Outcome.done());
      assertThat(chain.send(user(chain, "mia"), good).outcome()).isEqualTo(Outcome.done());
    }
  }

  @Test
  void clientThatFailsAlways_leavesFirstTryToOthers() {
    var nanos = new AtomicLong();
    try (var partly =
            new RawBackend(request ->
                request.line().contains("/bad") ? RawBackend.status(503) : RawBackend.OK);
        var chain = breaking(partly, 3, nanos)) {
      var bad = message("POST " + partly.url("/bad")).build();
      for (var name : List.of("jack", "jack", "jack", "mike", "mia")) {
        chain.send(user(chain, name), bad);
      }
      nanos.addAndGet(Duration.ofSeconds(10).toNanos());

      assertThat(chain.send(user(chain, "jack"), bad).outcome())
          .isEqualTo(
              Outcome.refused(503, "the upstream is not available")
                  .retryAfter(Duration.ofSeconds(10)));
      assertThat(
              chain.send(user(chain, "zoe"), message("POST " + partly.url("/")).build()).outcome())
          .isEqualTo(Outcome.done());
    }
  }

  @Test
  void onlyClient_thatFailed_triesAgainAfterPause() {
    var nanos = new AtomicLong();
    var down = new AtomicInteger(1);
    try (var flaky =
            new RawBackend(request -> down.get() == 1 ? RawBackend.status(503) : RawBackend.OK);
        var chain = breaking(flaky, 1, nanos)) {
      var post = message("POST " + flaky.url("/")).build();
      var jack = user(chain, "jack");
      for (var i = 1; i <= 3; i++) {
        chain.send(jack, post);
        assertThat(chain.send(jack, post).outcome()).isInstanceOf(Outcome.Refused.class);
        assertThat(flaky.requests).hasSize(i);
        nanos.addAndGet(Duration.ofSeconds(20).toNanos());
      }
      down.set(0);

      assertThat(chain.send(jack, post).outcome()).isEqualTo(Outcome.done());
    }
  }

  @Test
  void failedTriesOfTwoClients_closeTargetAgain() {
    var nanos = new AtomicLong();
    try (var down = new RawBackend(request -> RawBackend.status(504));
        var chain = breaking(down, 3, nanos)) {
      var post = message("POST " + down.url("/")).build();
      for (var name : List.of("jack", "mike", "mia")) {
        chain.send(user(chain, name), post);
      }
      nanos.addAndGet(Duration.ofSeconds(10).toNanos());
      for (var name : List.of("jack", "jack", "mike")) {
        chain.send(user(chain, name), post);
      }

      assertThat(chain.send(user(chain, "zoe"), post).outcome())
          .isEqualTo(
              Outcome.refused(503, "the upstream is not available")
                  .retryAfter(Duration.ofSeconds(10)));
      assertThat(down.requests).hasSize(5);
    }
  }

  @Test
  void deadPortOfWildcardRule_leavesOtherPortsOpen() throws Exception {
    var dead = Ports.free();
    var options =
        options(o -> o.allow("http://127.0.0.1:*").breaker(3, Duration.ofSeconds(10)).retries(0));
    try (var chain = chain(options)) {
      var jack = user(chain, "jack");
      for (var i = 0; i < 5; i++) {
        chain.send(jack, message("POST http://127.0.0.1:" + dead + "/").build());
      }

      assertThat(
              chain
                  .send(user(chain, "mike"), message("POST " + backend.url("/")).build())
                  .outcome())
          .isEqualTo(Outcome.done());
    }
  }

  @Test
  void failuresOfSeveralClients_openBreakerForAll() {
    try (var down = new RawBackend(request -> RawBackend.status(504));
        var chain = breaking(down, 3)) {
      var post = message("POST " + down.url("/")).build();
      for (var name : List.of("jack", "mike", "mia")) {
        chain.send(user(chain, name), post);
      }

      assertThat(chain.send(user(chain, "zoe"), post).outcome())
          .isEqualTo(
              Outcome.refused(503, "the upstream is not available")
                  .retryAfter(Duration.ofSeconds(10)));
      assertThat(down.requests).hasSize(3);
    }
  }

  @Test
  void failedConnects_openBreakerForAll() throws Exception {
    var url = "http://127.0.0.1:" + Ports.free() + "/";
    var options = options(o -> o.allow(url).breaker(2, Duration.ofSeconds(10)).retries(0));
    try (var chain = chain(options)) {
      for (var i = 0; i < 2; i++) {
        chain.send(user(chain, "jack"), message("POST " + url).build());
      }
      assertThat(chain.send(user(chain, "mike"), message("POST " + url).build()).outcome())
          .isInstanceOfSatisfying(
              Outcome.Refused.class, refused -> assertThat(refused.status()).isEqualTo(503));
    }
  }

  private static TestChain breaking(RawBackend backend, int failures) {
    return breaking(backend, failures, new AtomicLong());
  }

  private static TestChain breaking(RawBackend backend, int failures, AtomicLong nanos) {
    return TestChain.builder()
        .filter(
            "upstream",
            new UpstreamFilter(
                options(o ->
                    o.allow(backend.url("/")).breaker(failures, Duration.ofSeconds(10)).retries(0)),
                HttpClients.SHARED,
                nanos::get,
                InstantSource.system()))
        .build();
  }

  private static RecordingConnection user(TestChain chain, String name) {
    var connection = chain.connect(name);
    connection.authenticate(new Principal(name, Map.of()));
    return connection;
  }

  @Test
  void failedHealthCheck_excludesTargetUntilItRecovers() {
    var well = new AtomicInteger(0);
    try (var sick =
            new RawBackend(request ->
                request.line().startsWith("GET /health") && well.get() == 0
                    ? RawBackend.status(500)
                    : RawBackend.OK);
        var filter =
            new UpstreamFilter(
                options(o ->
                    o.named(
                        Map.of(
                            "records",
                            new UpstreamOptions.Named(
                                List.of(AllowRule.parse(sick.url("/"))),
                                Optional.of(
                                    new UpstreamOptions.Health(
                                        "/health", Duration.ofMillis(5))))))))) {
      Eventually.holds("it is left out", () -> available(filter) == 0);
      well.set(1);
      Eventually.holds("it is taken in", () -> available(filter) == 1);
    }
  }

  private static double available(UpstreamFilter filter) {
    return measure(filter, "upstream_available");
  }

  static UpstreamOptions.Named named(String... targets) {
    return new UpstreamOptions.Named(
        List.of(targets).stream().map(AllowRule::parse).toList(), Optional.empty());
  }
}
