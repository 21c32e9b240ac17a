package io.lhttp.filters.upstream;

import static io.lhttp.filters.upstream.Upstreams.measure;
import static io.lhttp.filters.upstream.Upstreams.message;
import static io.lhttp.filters.upstream.Upstreams.options;
import static io.lhttp.filters.upstream.Upstreams.outcome;
import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.Metric;
import io.lhttp.Outcome;
import io.lhttp.Principal;
import io.lhttp.testing.Eventually;
import io.lhttp.testing.RecordingConnection;
import io.lhttp.testing.TestChain;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The filter {@code upstream} refuses messages when a backend is slow, endless or busy. */
class UpstreamLimitsTest {
  @Test
  void silentBackend_answers504() {
    var never = new CountDownLatch(1);
    try (var silent =
        new RawBackend(request -> {
          await(never);
          return "";
        })) {
      var options = options(o -> o.allow(silent.url("/")).timeout(Duration.ofMillis(100)));

      assertThat(outcome(options, "GET " + silent.url("/")))
          .isEqualTo(Outcome.refused(504, "the upstream did not answer in time"));
      never.countDown();
    }
  }

  @Test
  void drippingAnswer_answers504() {
    try (var dripping =
        new RawBackend(request -> "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nx")) {
      var options = options(o -> o.allow(dripping.url("/")).timeout(Duration.ofMillis(100)));

      assertThat(outcome(options, "GET " + dripping.url("/")))
          .isEqualTo(Outcome.refused(504, "the upstream did not answer in time"));
    }
  }

  @Test
  void requests_beyondConcurrencyAndQueue_areRefused() throws Exception {
    var release = new CountDownLatch(1);
    var arrived = new AtomicInteger();
    try (var slow =
            new RawBackend(request -> {
              arrived.incrementAndGet();
              await(release);
              return RawBackend.OK;
            });
        var filter =
            new UpstreamFilter(options(o -> o.allow(slow.url("/")).concurrency(2).queue(3)));
        var chain = TestChain.builder().filter("upstream", filter).build();
        var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var post = message("POST " + slow.url("/")).build();
      var five =
          IntStream.range(0, 5)
              .mapToObj(i -> threads.submit(() -> chain.send(user(chain, "c" + i), post)))
              .toList();
      Eventually.holds("two are under way", () -> arrived.get() == 2);
      Eventually.holds("three wait", () -> measure(filter, "upstream_waiting") == 3);

      assertThat(chain.send(user(chain, "late"), post).outcome())
          .isEqualTo(
              Outcome.refused(503, "the upstream is busy").retryAfter(Duration.ofSeconds(1)));

      release.countDown();
      for (var sent : five) {
        assertThat(sent.get().outcome()).isEqualTo(Outcome.done());
      }
      assertThat(arrived).hasValue(5);
    }
  }

  @Test
  void clientWithManyRequests_leavesPlacesToOthers() throws Exception {
    var release = new CountDownLatch(1);
    var arrived = new AtomicInteger();
    try (var slow =
            new RawBackend(request -> {
              if (arrived.incrementAndGet() <= 4) {
                await(release);
              }
              return RawBackend.OK;
            });
        var filter =
            new UpstreamFilter(options(o -> o.allow(slow.url("/")).concurrency(8).queue(3)));
        var chain = TestChain.builder().filter("upstream", filter).build();
        var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var post = message("POST " + slow.url("/")).build();
      var seven =
          IntStream.range(0, 7)
              .mapToObj(i -> threads.submit(() -> chain.send(chain.connect("c" + i), post)))
              .toList();
      Eventually.holds("four are under way", () -> arrived.get() == 4);
      Eventually.holds("three wait", () -> measure(filter, "upstream_waiting") == 3);

      assertThat(chain.send(chain.connect("one more"), post).outcome())
          .isEqualTo(
              Outcome.refused(429, "too many messages to the upstream at once")
                  .retryAfter(Duration.ofSeconds(1)));
      assertThat(
              filter.metrics().stream()
                  .filter(metric -> metric.labels().containsValue("client_limit"))
                  .mapToDouble(Metric::value))
          .containsExactly(1.0);
      assertThat(chain.send(user(chain, "jill"), post).outcome()).isEqualTo(Outcome.done());

      release.countDown();
      for (var sent : seven) {
        assertThat(sent.get().outcome()).isEqualTo(Outcome.done());
      }
    }
  }

  @Test
  void oversizedAnswer_answers502() {
    try (var large =
        new RawBackend(
            request -> "HTTP/1.1 200 OK\r\nContent-Length: 101\r\n\r\n" + "x".repeat(101))) {
      var options = options(o -> o.allow(large.url("/")).responseBytes(100));

      assertThat(outcome(options, "GET " + large.url("/")))
          .isEqualTo(Outcome.refused(502, "the upstream's answer is too large"));
    }
  }

  private static RecordingConnection user(TestChain chain, String name) {
    var connection = chain.connect(name);
    connection.authenticate(new Principal(name, Map.of()));
    return connection;
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
