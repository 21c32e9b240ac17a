package io.lhttp.examples;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpServer;
import io.lhttp.channel.MemoryBroker;
import io.lhttp.filters.occupancy.Occupancy;
import io.lhttp.filters.pubsub.PubSubFilter;
import io.lhttp.filters.upstream.EventsFilter;
import io.lhttp.filters.upstream.EventsOptions;
import io.lhttp.server.LhttpServer;
import io.lhttp.testing.TestClient;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** A backend gets what {@code docs/filters/events.md} says. */
class EventsPageTest {
  private static final Pattern KEY = Pattern.compile("\"(\\w+)\":");

  private record Request(String body, Headers headers) {
    String header(String name) {
      return headers.getOrDefault(name, List.of("")).getFirst();
    }
  }

  @Test
  void backend_getsEventsAsOnThePage() throws Exception {
    var requests = new LinkedBlockingQueue<Request>();
    var backend = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    backend.createContext(
        "/events",
        exchange -> {
          var body = new String(exchange.getRequestBody().readAllBytes(), UTF_8);
          requests.add(new Request(body, exchange.getRequestHeaders()));
          exchange.sendResponseHeaders(204, -1);
          exchange.close();
        });
    backend.start();
    var options =
        EventsOptions.builder("http://127.0.0.1:" + backend.getAddress().getPort() + "/events")
            .secret("0123456789abcdef")
            .build();
    var received = new ArrayList<Request>();
    try (var server =
        LhttpServer.builder()
            .port(0)
            .filter("events", new EventsFilter(options))
            .filter("pubsub", new PubSubFilter())
            .start()) {
      try (var client = TestClient.connect(server.uri())) {
        client.subscribe("kitchen");
        client.unsubscribe("kitchen");
      }
      for (var i = 0; i < 4; i++) {
        var request = requests.poll(TestClient.PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        assertThat(request).as("event " + i).isNotNull();
        received.add(request);
      }
    } finally {
      backend.stop(0);
    }

    assertThat(received)
        .extracting(request -> request.header("lhttp-sequence") + request.header("lhttp-event"))
        .containsExactly("1open", "2subscribe", "3unsubscribe", "4close");
    var subscribe = received.get(1);
    var onPage = DocBlock.first("docs/filters/events.md", "json");
    assertThat(keys(subscribe.body())).isEqualTo(keys(onPage.text()));
    assertThat(subscribe.body()).contains("\"event\":\"subscribe\"", "\"channels\":[\"kitchen\"]");
    assertThat(subscribe.header("content-type")).isEqualTo("application/json");
    assertThat(subscribe.header("lhttp-command")).isEqualTo("subscribe");
    assertThat(subscribe.header("lhttp-connection")).isNotEmpty();
    assertThat(subscribe.header("lhttp-timestamp")).matches("\\d+");
    assertThat(subscribe.header("lhttp-signature")).matches("[0-9a-f]{64}");
  }

  @Test
  void backend_getsChannelsAsOnThePage() throws Exception {
    var requests = new LinkedBlockingQueue<String>();
    var backend = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    backend.createContext(
        "/events",
        exchange -> {
          requests.add(new String(exchange.getRequestBody().readAllBytes(), UTF_8));
          exchange.sendResponseHeaders(204, -1);
          exchange.close();
        });
    backend.start();
    var options =
        EventsOptions.builder("http://127.0.0.1:" + backend.getAddress().getPort() + "/events")
            .on(EventsOptions.Event.OCCUPIED, EventsOptions.Event.VACATED)
            .channels("room-*")
            .build();
    var occupancy = new Occupancy();
    var received = new ArrayList<String>();
    try (var broker = occupancy.over(new MemoryBroker());
        var server =
            LhttpServer.builder()
                .port(0)
                .broker(broker)
                .filter("events", new EventsFilter(options).with(occupancy))
                .filter("pubsub", new PubSubFilter())
                .start();
        var client = TestClient.connect(server.uri())) {
      client.subscribe("room-1");
      received.add(requests.take());
      client.unsubscribe("room-1");
      received.add(requests.take());
    } finally {
      backend.stop(0);
    }

    var onPage = DocBlock.first("docs/filters/events.md", "json", "occupation").text().lines();
    assertThat(received.stream().map(EventsPageTest::keys))
        .containsExactlyElementsOf(onPage.map(EventsPageTest::keys).toList());
    assertThat(received.getFirst()).contains("\"event\":\"occupied\",\"channel\":\"room-1\"");
    assertThat(received.getLast()).contains("\"event\":\"vacated\",\"channel\":\"room-1\"");
  }

  private static List<String> keys(String json) {
    return KEY.matcher(json).results().map(key -> key.group(1)).toList();
  }
}
