package io.lhttp.filters.pubsub;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.Connection;
import io.lhttp.Exchange;
import io.lhttp.Processor;
import io.lhttp.filters.multipart.MultipartFilter;
import io.lhttp.message.Message;
import io.lhttp.message.Part;
import io.lhttp.testing.Eventually;
import io.lhttp.testing.LhttpServerExtension;
import io.lhttp.testing.TestClient;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Each example message of the article that describes LHTTP does what the article says. */
class ArticleTest {
  private final List<String> logged = Collections.synchronizedList(new ArrayList<>());

  @RegisterExtension
  final LhttpServerExtension server =
      new LhttpServerExtension(builder ->
          builder
              .filter("pubsub", new PubSubFilter())
              .filter("multipart", new MultipartFilter())
              .processor("chat", new ChatProcessor())
              .processor("echo", exchange -> exchange.send(exchange.request().body()))
              .processor(
                  "upload",
                  exchange -> {
                    for (var part : exchange.request().parts()) {
                      logged.add("multibody:" + part.body() + " headers:" + headers(part));
                    }
                  }));

  @Test
  void publish_chatMessage_reachesJack() {
    var jack = client("LHTTP/1.0 chat\r\nsubscribe:channel_jack\r\n\r\n", "/");
    var message =
        "LHTTP/1.0 chat\r\ncontent-type:json\r\npublish:channel_jack\r\n\r\n"
            + "{ to:jack, from:mike, message:hello jack, time:1990-1210 5:30:48}";

    server.connect().send(message);

    assertThat(wire(jack.receive())).isEqualTo(delivered(message, "channel_jack"));
  }

  @Test
  void processor_seesOpenMessagesAndClose() {
    try (var client = server.connect()) {
      client.send("LHTTP/1.0 chat\r\n\r\nhello");
      client.send("LHTTP/1.0 chat\r\n\r\nagain");
      Eventually.holds("both are logged", () -> logged.contains("on message :again"));
    }

    Eventually.holds("the close is logged", () -> logged.contains("on close"));
    assertThat(logged)
        .containsExactly("on open", "on message :hello", "on message :again", "on close");
  }

  @Test
  void echoProcessor_sendsBodyBack() {
    var client = TestClient.connect(server.uri().resolve("/echo"));
    client.send("LHTTP/1.0 echo\r\nkey:value\r\n\r\nhello");

    assertThat(wire(client.receive())).isEqualTo("LHTTP/1.0 echo\r\nkey:value\r\n\r\nhello");
    client.close();
  }

  @Test
  void subscriber_receivesUntilItUnsubscribes() {
    var client1 = client("LHTTP/1.0 command\r\nsubscribe:channelID\r\n\r\nbody optional", "/");
    var client2 = server.connect();
    var message = "LHTTP/1.0 command\r\npublish:channelID\r\n\r\nbody require";

    client2.send(message);
    assertThat(wire(client1.receive())).isEqualTo(delivered(message, "channelID"));

    client1.send("LHTTP/1.0 command\r\nunsubscribe:channelID\r\n\r\nbody optional");
    settle(client1);
    client2.send(message);
    settle(client2);
    settle(client1); // client1 has received no message since
  }

  @Test
  void subscribe_severalChannels_receivesFromEach() {
    var client =
        client("LHTTP/1.0 chat\r\nsubscribe:channelID1 channelID2 channelID3\r\n\r\n", "/");

    for (var room : List.of("channelID1", "channelID2", "channelID3")) {
      var message = "LHTTP/1.0 chat\r\npublish:" + room + "\r\n\r\nhello";
      server.connect().send(message);
      assertThat(wire(client.receive())).isEqualTo(delivered(message, room));
    }
  }

  @Test
  void publishOverHttp_reachesSubscriber() throws Exception {
    var client = client("LHTTP/1.0 chat\r\nsubscribe:channel_test\r\n\r\n", "/");
    var message = "LHTTP/1.0 chat\r\npublish:channel_test\r\n\r\nhello channel_test guys!";
    var request =
        HttpRequest.newBuilder(URI.create("http://" + server.uri().getAuthority() + "/publish"))
            .header("content-type", "text/plain")
            .POST(HttpRequest.BodyPublishers.ofString(message));

    try (var http = HttpClient.newHttpClient()) {
      var response = http.send(request.build(), HttpResponse.BodyHandlers.ofString());
      assertThat(response.statusCode()).isEqualTo(200);
      assertThat(response.body()).isEqualTo("{\"channels\":1}");
    }

    assertThat(wire(client.receive())).isEqualTo(delivered(message, "channel_test"));
  }

  @Test
  void upstreamAndPublish_deliversWithoutUpstreamHeader() {
    var mike = client("LHTTP/1.0 chat\r\nsubscribe:channel_mike\r\n\r\n", "/");
    var message =
        "LHTTP/1.0 chat\r\nupstream:POST http://www.xxx.com/record\r\npublish:channel_mike\r\n\r\n"
            + "hello mike,I am jack";

    server.connect().send(message);

    assertThat(wire(mike.receive()))
        .isEqualTo(
            delivered(message, "channel_mike")
                .replace("upstream:POST http://www.xxx.com/record\r\n", ""));
  }

  @Test
  void multipart_twoParts_areListed() {
    var client = server.connect();
    client.send("LHTTP/1.0 upload\r\nmultipart:0 14\r\n\r\nk1:v1\r\n\r\nbody1k2:v2\r\n\r\nbody2");
    settle(client);

    assertThat(logged)
        .containsExactly("multibody:body1 headers:[k1:v1]", "multibody:body2 headers:[k2:v2]");
  }

  /**
   * The article's offset 56 is right if a line feed follows the first part's body; see the
   * protocol.
   */
  @Test
  void multipart_withLineFeedBetweenParts_splitsAtOffset() {
    var client = server.connect();
    client.send(
        "LHTTP/1.0 upload\r\nmultipart:0 56\r\n\r\n"
            + "content-type:text/json\r\n\r\n{filename:file.txt,fileLen:5}\n"
            + "content-type:text/plain\r\n\r\nhello");
    settle(client);

    assertThat(logged)
        .containsExactly(
            "multibody:{filename:file.txt,fileLen:5}\n headers:[content-type:text/json]",
            "multibody:hello headers:[content-type:text/plain]");
  }

  @Test
  void multipart_withoutLineFeed_splitsOneByteLate() {
    var client = server.connect();
    client.send(
        "LHTTP/1.0 upload\r\nmultipart:0 56\r\n\r\n"
            + "content-type:text/json\r\n\r\n{filename:file.txt,fileLen:5}"
            + "content-type:text/plain\r\n\r\nhello");
    settle(client);

    assertThat(logged)
        .containsExactly(
            "multibody:{filename:file.txt,fileLen:5}c headers:[content-type:text/json]",
            "multibody:hello headers:[ontent-type:text/plain]");
  }

  private TestClient client(String subscription, String path) {
    var client = TestClient.connect(server.uri().resolve(path));
    client.send(subscription);
    settle(client);
    return client;
  }

  /**
   * Waits until the server has handled all messages of the client, and requires that no other
   * message arrives.
   */
  private static void settle(TestClient client) {
    client.send("LHTTP/1.0 echo\r\n\r\nsettle");
    assertThat(wire(client.receive())).isEqualTo("LHTTP/1.0 echo\r\n\r\nsettle");
  }

  /** Returns a message in the form that subscribers get. */
  private static String delivered(String message, String channel) {
    return message.replaceFirst("\r\n\r\n", "\r\nchannel:" + channel + "\r\n\r\n");
  }

  private static List<String> headers(Part part) {
    return part.headers().stream().map(header -> header.name() + ":" + header.value()).toList();
  }

  private static String wire(Message message) {
    return new String(message.toBytes(), UTF_8);
  }

  /** Logs as the article's processor does, but sends no reply. */
  private final class ChatProcessor implements Processor {
    @Override
    public void onOpen(Exchange exchange) {
      logged.add("on open");
    }

    @Override
    public void onMessage(Exchange exchange) {
      logged.add("on message :" + exchange.request().body());
    }

    @Override
    public void onClose(Connection connection) {
      logged.add("on close");
    }
  }
}
