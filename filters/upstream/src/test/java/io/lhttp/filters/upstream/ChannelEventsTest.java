package io.lhttp.filters.upstream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lhttp.Principal;
import io.lhttp.channel.MemoryBroker;
import io.lhttp.filters.occupancy.Occupancy;
import io.lhttp.filters.pubsub.PubSubFilter;
import io.lhttp.filters.upstream.EventsOptions.Delivery;
import io.lhttp.filters.upstream.EventsOptions.Event;
import io.lhttp.message.Message;
import io.lhttp.server.LhttpServer;
import io.lhttp.testing.TestChain;
import io.lhttp.testing.TestClient;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The events {@code authenticated}, {@code occupied} and {@code vacated} reach a backend. */
class ChannelEventsTest {
  private static final Pattern OCCUPATION = Pattern.compile("\"occupation\":\"([0-9a-f]{24})\"");
  private static final Delivery QUICK =
      new Delivery(
          Duration.ofSeconds(2),
          Duration.ofSeconds(5),
          Duration.ofMillis(1),
          Duration.ofMillis(1),
          2,
          16,
          100,
          Duration.ofSeconds(5));

  private static RawBackend.Recorded next(RawBackend backend) throws InterruptedException {
    var request = backend.requests.poll(TestClient.PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
    assertThat(request).as("an event").isNotNull();
    return request;
  }

  private static String occupation(RawBackend.Recorded event) {
    var found = OCCUPATION.matcher(event.body());
    assertThat(found.find()).as(event.body()).isTrue();
    return found.group(1);
  }

  private static LhttpServer server(Occupancy occupancy, EventsFilter filter) throws Exception {
    return LhttpServer.builder()
        .host("127.0.0.1")
        .port(0)
        .broker(occupancy.over(new MemoryBroker()))
        .filter("events", filter.with(occupancy))
        .filter("pubsub", new PubSubFilter())
        .start();
  }

  @Test
  void channels_areReportedOnce() throws Exception {
    var occupancy = new Occupancy();
    try (var backend = RawBackend.ok();
        var filter =
            new EventsFilter(
                EventsOptions.builder(backend.url("/e"))
                    .on(Event.OCCUPIED, Event.VACATED)
                    .channels("room-*")
                    .secret("0123456789abcdef")
                    .build());
        var server = server(occupancy, filter);
        var mia = TestClient.connect(server.uri());
        var tom = TestClient.connect(server.uri())) {
      mia.subscribe("other");
      mia.subscribe("room-1");
      var occupied = next(backend);
      tom.subscribe("room-1");
      mia.unsubscribe("room-1");
      tom.unsubscribe("room-1");
      var vacated = next(backend);

      assertThat(occupied.body())
          .startsWith("{\"event\":\"occupied\",\"channel\":\"room-1\",\"occupation\":\"");
      assertThat(vacated.body()).startsWith("{\"event\":\"vacated\",\"channel\":\"room-1\"");
      assertThat(occupation(vacated)).isEqualTo(occupation(occupied));
      assertThat(occupied.headers("lhttp-event")).containsExactly("occupied");
      assertThat(occupied.headers("lhttp-connection")).isEmpty();
      assertThat(occupied.headers("lhttp-signature").getFirst()).matches("[0-9a-f]{64}");
      assertThat(backend.requests).isEmpty();
    }
  }

  /** The backend fails longer than the attempts of one delivery. */
  @Test
  void backendThatFails_getsTheStateLater() throws Exception {
    var occupancy = new Occupancy();
    var attempts = new AtomicInteger();
    try (var backend =
            new RawBackend(
                _ -> attempts.incrementAndGet() < 4 ? RawBackend.status(500) : RawBackend.OK);
        var filter =
            new EventsFilter(
                EventsOptions.builder(backend.url("/e"))
                    .on(Event.OCCUPIED)
                    .delivery(QUICK)
                    .build());
        var server = server(occupancy, filter);
        var mia = TestClient.connect(server.uri())) {
      mia.subscribe("a");
      var first = next(backend);
      for (var i = 0; i < 3; i++) {
        assertThat(occupation(next(backend))).isEqualTo(occupation(first));
      }
    }
  }

  @Test
  void user_isReportedOnce() throws Exception {
    try (var backend = RawBackend.ok();
        var filter =
            new EventsFilter(
                EventsOptions.builder(backend.url("/e")).on(Event.AUTHENTICATED).build());
        var chain =
            TestChain.builder()
                .filter("events", filter)
                .processor(
                    "login",
                    exchange ->
                        exchange
                            .connection()
                            .authenticate(new Principal(exchange.request().body(), Map.of())))
                .build()) {
      var mia = chain.connect("c1");
      chain.send(mia, Message.of("login", "mia"));
      chain.send(mia, Message.of("login", "mia"));
      chain.send(mia, Message.of("login", "tom"));
      chain.send(mia, Message.of("login", ""));
      mia.authenticate(new Principal("tom", Map.of()));
      chain.end(mia);

      assertThat(next(backend).body())
          .matches(
              "\\{\"event\":\"authenticated\",\"connection\":\"c1\",\"user\":\"mia\",\"sequence\":1,\"time\":\"[^\"]+\"}");
      assertThat(next(backend).body()).contains("\"user\":\"tom\",\"sequence\":2");
      assertThat(next(backend).body()).contains("\"user\":\"tom\",\"sequence\":3");
    }
  }

  @Test
  void defaultEvents_areTheOldOnes() {
    assertThat(EventsOptions.to("http://127.0.0.1:9/").on())
        .containsExactly(Event.OPEN, Event.SUBSCRIBE, Event.UNSUBSCRIBE, Event.CLOSE);
    assertThatThrownBy(() -> EventsOptions.builder("http://127.0.0.1:9/").channels("a").build())
        .hasMessageContaining("'channels' needs");
  }
}
