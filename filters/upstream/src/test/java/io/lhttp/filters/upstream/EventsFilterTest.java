package io.lhttp.filters.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.Handshake;
import io.lhttp.filters.pubsub.PubSubFilter;
import io.lhttp.message.Message;
import io.lhttp.testing.Eventually;
import io.lhttp.testing.RecordingConnection;
import io.lhttp.testing.TestChain;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/**
 * The filter {@code events} delivers connection events in order to a backend that fails in many
 * ways.
 */
class EventsFilterTest {
  private static final Instant NOW = Instant.parse("2026-01-02T03:04:05Z");

  @Test
  void events_ofOneConnection_arriveInOrder() throws Exception {
    try (var backend = RawBackend.ok();
        var filter = filter(backend, 8, 100);
        var chain = chain(filter)) {
      var jack = chain.connect("jack");
      chain.send(jack, Message.builder("x").header("subscribe", "a \"b\"").build());
      chain.send(jack, Message.builder("x").header("unsubscribe", "a").build());
      chain.end(jack);

      var got = List.of(backend.requests.take(), backend.requests.take(), backend.requests.take());
      assertThat(got)
          .extracting(RawBackend.Recorded::body)
          .containsExactly(
              json("open", 1, ""),
              json("subscribe", 2, "\"a\",\"\\\"b\\\"\""),
              json("unsubscribe", 3, "\"a\""));
      assertThat(backend.requests.take().body()).isEqualTo(json("close", 4, ""));
      assertThat(got.getFirst().line()).isEqualTo("POST /hooks HTTP/1.1");
      assertThat(got.getFirst().headers("lhttp-event")).containsExactly("open");
      assertThat(got.getFirst().headers("content-type")).containsExactly("application/json");
    }
  }

  @Test
  void eventsTwice_haveQueueAndSequenceOfTheirBackend() throws Exception {
    try (var backend = RawBackend.ok();
        var other = RawBackend.ok();
        var filter = filter(backend, 8, 100);
        var second = filter(other, 8, 100);
        var chain = TestChain.builder().filter("events", filter).filter("second", second).build()) {
      chain.end(chain.connect("jack"));

      for (var one : List.of(backend, other)) {
        assertThat(one.requests.take().body()).isEqualTo(json("open", 1, ""));
        assertThat(one.requests.take().body()).isEqualTo(json("close", 2, ""));
      }
    }
  }

  @Test
  void addedFilter_reportsOpenConnections() throws Exception {
    try (var backend = RawBackend.ok();
        var filter = filter(backend, 8, 100);
        var chain = TestChain.builder().build()) {
      var jack = chain.connect("jack");

      chain.swap(TestChain.builder().filter("events", filter));
      chain.end(jack);

      assertThat(backend.requests.take().body()).isEqualTo(json("open", 1, ""));
      assertThat(backend.requests.take().body()).isEqualTo(json("close", 2, ""));
    }
  }

  @Test
  void replacedFilter_reportsNoConnectionTwice() throws Exception {
    try (var backend = RawBackend.ok();
        var before = filter(backend, 8, 100);
        var after = filter(backend, 8, 100);
        var chain = TestChain.builder().filter("events", before).build()) {
      var jack = chain.connect("jack");

      chain.swap(TestChain.builder().filter("events", after));
      chain.end(jack);

      assertThat(backend.requests.take().body()).isEqualTo(json("open", 1, ""));
      assertThat(backend.requests.take().body()).isEqualTo(json("close", 2, ""));
    }
  }

  @Test
  @SuppressWarnings("try") // the test closes the filter, which then has sent all its events
  void removedFilter_reportsNoClose() throws Exception {
    try (var backend = RawBackend.ok();
        var filter = filter(backend, 8, 100);
        var chain = TestChain.builder().filter("events", filter).build()) {
      var jack = chain.connect("jack");
      chain.end(chain.connect("jack"));

      chain.swap(TestChain.builder());
      chain.end(jack);
      filter.close();

      assertThat(backend.requests)
          .extracting(request -> request.headers("lhttp-event").getFirst())
          .containsExactlyInAnyOrder("open", "open", "close");
    }
  }

  @Test
  void refusedSubscription_sendsNoEvent() throws Exception {
    try (var backend = RawBackend.ok();
        var filter = filter(backend, 8, 100);
        var chain = chain(filter)) {
      var jack = chain.connect("jack");
      chain.send(jack, Message.builder("x").header("subscribe", "x".repeat(300)).build());
      chain.end(jack);

      assertThat(backend.requests.take().headers("lhttp-event")).containsExactly("open");
      assertThat(backend.requests.take().headers("lhttp-event")).containsExactly("close");
    }
  }

  @Test
  void events_toFlakyBackend_keepOrderPerConnection() {
    var count = new AtomicInteger();
    try (var flaky =
            new RawBackend(request ->
                switch (count.incrementAndGet() % 5) {
                  case 1 -> RawBackend.status(500);
                  case 3 -> "";
                  default -> RawBackend.OK;
                });
        var filter = filter(flaky, 100, 10_000);
        var chain = chain(filter)) {
      for (var c = 0; c < 20; c++) {
        var connection = chain.connect("c" + c);
        for (var i = 0; i < 10; i++) {
          chain.send(connection, Message.builder("x").header("subscribe", "a").build());
        }
        chain.end(connection);
      }
      Eventually.holds("all are delivered", () -> measure(filter, "events_delivered") == 240);

      var last = new HashMap<String, Integer>();
      for (var request : flaky.requests) {
        var connection = request.headers("lhttp-connection").getFirst();
        var sequence = Integer.parseInt(request.headers("lhttp-sequence").getFirst());
        var before = last.getOrDefault(connection, 0);
        assertThat(sequence).isBetween(before, before + 1);
        last.put(connection, sequence);
      }
      assertThat(last).hasSize(20).allSatisfy((c, sequence) -> assertThat(sequence).isEqualTo(12));
      assertThat(measure(filter, "events_failed")).isZero();
      assertThat(measure(filter, "events_retries")).isPositive();
    }
  }

  @Test
  void event_afterAllRetries_isGivenUpAndNextSent() throws Exception {
    try (var backend =
            new RawBackend(request ->
                request.headers("lhttp-event").contains("open")
                    ? RawBackend.status(503)
                    : RawBackend.OK);
        var filter = filter(backend, 3, 100);
        var chain = chain(filter)) {
      chain.end(chain.connect("jack"));
      Eventually.holds("the second is delivered", () -> measure(filter, "events_delivered") == 1);

      assertThat(measure(filter, "events_failed")).isEqualTo(1);
      assertThat(backend.requests)
          .extracting(request -> request.headers("lhttp-event").getFirst())
          .containsExactly("open", "open", "open", "close");
    }
  }

  @Test
  void event_refusedWith400_isNotRepeated() {
    try (var backend = new RawBackend(request -> RawBackend.status(400));
        var filter = filter(backend, 8, 100);
        var chain = chain(filter)) {
      chain.connect("jack");
      Eventually.holds("it is given up", () -> measure(filter, "events_failed") == 1);

      assertThat(backend.requests).hasSize(1);
    }
  }

  @Test
  void fullQueue_givesUpNewEvents() {
    var release = new CountDownLatch(1);
    try (var backend = held(release);
        var filter = filter(backend, 8, 5);
        var chain = chain(filter)) {
      for (var i = 0; i < 8; i++) {
        assertThat(chain.open(connection("192.0.2." + i))).isTrue();
      }
      assertThat(measure(filter, "events_waiting")).isEqualTo(5);
      assertThat(measure(filter, "events_failed")).isEqualTo(3);

      release.countDown();
      Eventually.holds("the others arrive", () -> measure(filter, "events_delivered") == 5);
    }
  }

  @Test
  void eventsOfOneClient_leavePlacesInQueueToOthers() {
    var release = new CountDownLatch(1);
    try (var backend = held(release);
        var filter = filter(backend, 8, 10);
        var chain = chain(filter)) {
      for (var i = 0; i < 20; i++) {
        assertThat(chain.open(connection("192.0.2.1"))).isTrue();
      }
      assertThat(measure(filter, "events_waiting")).isEqualTo(5);
      assertThat(chain.open(connection("192.0.2.2"))).isTrue();
      assertThat(measure(filter, "events_waiting")).isEqualTo(6);

      release.countDown();
      Eventually.holds("they arrive", () -> measure(filter, "events_delivered") == 6);
    }
  }

  /** A backend that answers no request before the latch opens. */
  private static RawBackend held(CountDownLatch release) {
    return new RawBackend(request -> {
      try {
        release.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      return RawBackend.OK;
    });
  }

  private static RecordingConnection connection(String address) {
    var remote = new InetSocketAddress(InetAddress.ofLiteral(address), 1);
    return new RecordingConnection("jack", new Handshake(remote, "/", Map.of()));
  }

  @Test
  void chainClose_deliversQueuedEvents() {
    var delivered = new ArrayList<RawBackend.Recorded>();
    try (var backend = RawBackend.ok()) {
      var filter = filter(backend, 8, 100);
      try (var chain = chain(filter)) {
        for (var i = 0; i < 20; i++) {
          chain.connect("c" + i);
        }
      }
      backend.requests.drainTo(delivered);
      assertThat(delivered).hasSize(20);
    }
  }

  @Test
  void forbiddenAddress_isGivenUpWithoutRetry() {
    try (var filter =
            new EventsFilter(
                EventsOptions.to("http://ip6-localhost-that-is-not.invalid/"),
                new HttpClients(
                    HttpClients.SHARED
                        .base()
                        .newBuilder()
                        .dns(name -> List.of(java.net.InetAddress.ofLiteral("127.0.0.1")))
                        .build()),
                InstantSource.system());
        var chain = chain(filter)) {
      chain.connect("jack");
      Eventually.holds("it is given up", () -> measure(filter, "events_failed") == 1);
      assertThat(measure(filter, "events_retries")).isZero();
    }
  }

  private static EventsFilter filter(RawBackend backend, int attempts, int queue) {
    var delivery =
        new EventsOptions.Delivery(
            Duration.ofSeconds(5),
            Duration.ofSeconds(30),
            Duration.ofMillis(1),
            Duration.ofMillis(4),
            attempts,
            16,
            queue,
            Duration.ofSeconds(10));
    return new EventsFilter(
        new EventsOptions(
            AllowRule.parse(backend.url("/hooks")),
            List.of(),
            List.of(),
            List.of(),
            Optional.empty(),
            Optional.of(delivery)),
        HttpClients.SHARED,
        InstantSource.fixed(NOW));
  }

  private static TestChain chain(EventsFilter filter) {
    return TestChain.builder()
        .filter("events", filter)
        .filter("pubsub", new PubSubFilter())
        .build();
  }

  private static double measure(EventsFilter filter, String name) {
    return filter.metrics().stream()
        .filter(m -> m.name().equals(name))
        .mapToDouble(m -> m.value())
        .sum();
  }

  private static String json(String event, int sequence, String channels) {
    return "{\"event\":\"%s\",\"connection\":\"jack\",\"user\":\"\",\"sequence\":%d,\"time\":\"%s\",\"channels\":[%s]}"
        .formatted(event, sequence, NOW, channels);
  }
}
