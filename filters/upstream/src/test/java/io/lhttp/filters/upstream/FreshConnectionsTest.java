package io.lhttp.filters.upstream;

import static io.lhttp.filters.upstream.Upstreams.measure;
import static io.lhttp.filters.upstream.Upstreams.message;
import static io.lhttp.filters.upstream.Upstreams.options;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.EnumSource.Mode.EXCLUDE;

import io.lhttp.Outcome;
import io.lhttp.testing.TestChain;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The HTTP client does not use an idle connection that its backend closed, as Node does after 5 s.
 */
class FreshConnectionsTest {
  private final AtomicLong nanos = new AtomicLong();

  @ParameterizedTest
  @EnumSource(HttpMethod.class)
  void closedIdleConnection_isNotUsed(HttpMethod method) throws Exception {
    requireNoneClosedIsUsed(method, Duration.ofSeconds(7));
  }

  /** A request with such a method can't be repeated, so even a short idle time counts. */
  @ParameterizedTest
  @CsvSource({"POST, 20", "POST, 200", "POST, 499", "PATCH, 20", "PATCH, 200"})
  void connectionClosedSoon_isNotUsedForOneShot(HttpMethod method, int millis) throws Exception {
    requireNoneClosedIsUsed(method, Duration.ofMillis(millis));
  }

  private void requireNoneClosedIsUsed(HttpMethod method, Duration idle) throws Exception {
    try (var backend = RawBackend.ok();
        var filter =
            new UpstreamFilter(
                options(o ->
                    o.allow(backend.url("/"))
                        .methods(HttpMethod.values())
                        .retries(0)
                        .breaker(1, Duration.ofSeconds(10))),
                HttpClients.of(nanos::get),
                nanos::get,
                InstantSource.system());
        var chain = TestChain.builder().filter("upstream", filter).build()) {
      var jack = chain.connect("jack");
      var sent = message(method + " " + backend.url("/")).body("x").build();
      for (var i = 1; i <= 3; i++) {
        assertThat(chain.send(jack, sent).outcome()).as("message %s", i).isEqualTo(Outcome.done());
        backend.closeConnections();
        nanos.addAndGet(idle.toNanos());
      }

      assertThat(backend.requests).hasSize(3);
      assertThat(backend.connections).hasValue(3);
      assertThat(measure(filter, "upstream_available")).isEqualTo(1);
    }
  }

  @ParameterizedTest
  @EnumSource(value = HttpMethod.class, names = "HEAD", mode = EXCLUDE) // the backend sends a body
  void openConnection_isReused(HttpMethod method) {
    try (var backend = RawBackend.ok();
        var filter =
            new UpstreamFilter(
                options(o -> o.allow(backend.url("/")).methods(HttpMethod.values())),
                HttpClients.of(nanos::get),
                nanos::get,
                InstantSource.system());
        var chain = TestChain.builder().filter("upstream", filter).build()) {
      var jack = chain.connect("jack");
      for (var i = 0; i < 3; i++) {
        chain.send(jack, message(method + " " + backend.url("/")).body("x").build());
        nanos.addAndGet(Duration.ofSeconds(3).toNanos());
      }

      assertThat(backend.requests).hasSize(3);
      assertThat(backend.connections).hasValue(1);
    }
  }

  /** RFC 9112, section 9.3: without {@code keep-alive} such a backend closes after each answer. */
  @ParameterizedTest
  @CsvSource({"'', 3", "'Connection: keep-alive\r\n', 1"})
  void connectionOfHttp10_isReusedOnlyIfKeptAlive(String header, int connections) {
    var answer = "HTTP/1.0 200 OK\r\n" + header + "Content-Length: 2\r\n\r\nok";
    try (var backend = new RawBackend(request -> answer);
        var filter =
            new UpstreamFilter(
                options(o -> o.allow(backend.url("/")).retries(0)),
                HttpClients.of(nanos::get),
                nanos::get,
                InstantSource.system());
        var chain = TestChain.builder().filter("upstream", filter).build()) {
      var jack = chain.connect("jack");
      var sent = message("POST " + backend.url("/")).body("x").build();
      for (var i = 0; i < 3; i++) {
        assertThat(chain.send(jack, sent).outcome()).isEqualTo(Outcome.done());
      }

      assertThat(backend.requests).hasSize(3);
      assertThat(backend.connections).hasValue(connections);
    }
  }
}
