package io.lhttp.filters.pubsub;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.channel.MemoryBroker;
import io.lhttp.channel.Retention;
import io.lhttp.message.Message;
import io.lhttp.testing.LhttpServerExtension;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Map;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Subscribers receive no reserved or secret header that a publisher writes, by any way to publish.
 */
class ForgedHeadersTest {
  @RegisterExtension
  final LhttpServerExtension server =
      new LhttpServerExtension(builder ->
          builder
              .broker(new MemoryBroker(Map.of("room:*", Retention.DEFAULT)))
              .filter("pubsub", new PubSubFilter())
              .processor(
                  "forward",
                  exchange -> {
                    exchange.publish("plain", exchange.request());
                    exchange.publish("room:a", exchange.request());
                  })
              .processor("rewrite", exchange -> exchange.rewrite(forged("rewrite", true))));

  enum Way {
    HEADER,
    EXCHANGE,
    REWRITE,
    HTTP,
    SERVER
  }

  @ParameterizedTest
  @EnumSource
  void forgedHeaders_doNotReachSubscribers(Way way) throws Exception {
    var subscriber = server.connect();
    subscriber.subscribe("plain", "room:a");

    publish(way);

    for (var delivery : subscriber.receive(2)) {
      var channel = delivery.header("channel").orElseThrow();
      assertThat(delivery.headers().stream().filter(h -> h.name().equalsIgnoreCase("channel")))
          .hasSize(1);
      assertThat(new String(delivery.toBytes(), UTF_8)).doesNotContain("FORGED").contains("k:v");
      assertThat(delivery.headers().has("position")).isEqualTo(channel.equals("room:a"));
      assertThat(delivery.header("status")).as("an application's word").contains("401");
    }
    var late = server.connect();
    late.send(Message.builder("x").header("subscribe", "room:a").header("last", "9").build());
    late.receive();
    assertThat(new String(late.receive().toBytes(), UTF_8)).doesNotContain("FORGED");
  }

  private void publish(Way way) throws Exception {
    var client = server.connect();
    switch (way) {
      case HEADER -> client.send(forged("chat", true));
      case EXCHANGE -> client.send(forged("forward", false));
      case REWRITE -> client.send(Message.builder("rewrite").header("publish", "a").build());
      case HTTP -> {
        var request =
            HttpRequest.newBuilder(URI.create("http://" + server.uri().getAuthority() + "/publish"))
                .POST(HttpRequest.BodyPublishers.ofByteArray(forged("chat", true).toBytes()));
        try (var http = HttpClient.newHttpClient()) {
          var answer = http.send(request.build(), HttpResponse.BodyHandlers.ofString());
          assertThat(answer.statusCode()).isEqualTo(200);
        }
      }
      case SERVER -> {
        server.server().publish("plain", forged("chat", true));
        server.server().publish("room:a", forged("chat", true));
      }
    }
  }

  private static Message forged(String command, boolean publish) {
    var message =
        Message.builder(command)
            .header("Authorization", "FORGED")
            .header("k", "v")
            .header("COOKIE", "FORGED")
            .header("Id", "FORGED")
            .header("missed", "FORGED")
            .header("Missed", "FORGED")
            .header("recovered", "FORGED")
            .header("POSITION", "FORGED-7")
            .header("channel", "FORGED")
            .header("Channel", "FORGED")
            .header("trace", "FORGED")
            .header("token-expires", "FORGED")
            .header("presence-session", "FORGED")
            .header("upstream", "POST http://FORGED/")
            .header("ack", "FORGED")
            .header("status", "401");
    return (publish ? message.header("publish", "plain room:a") : message).body("b").build();
  }
}
