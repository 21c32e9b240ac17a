package io.lhttp.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.message.Message;
import io.lhttp.testing.TestClient;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The rooms example grants channels by token and role. */
class RoomsTest {
  private static AppProcess app;

  @BeforeAll
  static void start() {
    app = AppProcess.example("rooms");
  }

  @AfterAll
  static void stop() {
    app.close();
  }

  @Test
  void anonymous_maySubscribeToLobbyAlone() {
    try (var nobody = app.connect()) {
      assertThat(status(nobody, "subscribe", "lobby")).isEqualTo("200");
      assertThat(status(nobody, "publish", "lobby")).isEqualTo("403");
      assertThat(status(nobody, "subscribe", "room:kitchen")).isEqualTo("403");
      assertThat(status(nobody, "subscribe", "user:")).isEqualTo("403");
    }
  }

  @Test
  void twoUsers_meetInSharedRoom() {
    try (var jack = enter("jack");
        var mike = enter("mike")) {
      assertThat(status(jack, "subscribe", "room:kitchen")).isEqualTo("200");
      assertThat(status(jack, "subscribe", "room:garden")).isEqualTo("200");
      assertThat(status(mike, "subscribe", "room:garden")).isEqualTo("403");
      assertThat(status(mike, "publish", "room:garden")).isEqualTo("403");
      assertThat(status(mike, "publish", "room:kitchen")).isEqualTo("200");
      assertThat(jack.receive().header("publish")).contains("room:kitchen");
    }
  }

  @Test
  void presence_ofForbiddenRoom_isForbidden() {
    try (var jack = enter("jack");
        var mike = enter("mike")) {
      assertThat(status(jack, "subscribe", "room:garden")).isEqualTo("200");
      var ask = Message.builder("presence").header("channel", "room:garden").build();

      assertThat(mike.request(ask).header("status")).contains("403");
      assertThat(jack.request(ask).body()).contains("\"user\":\"jack\"");
    }
  }

  @Test
  void userChannel_isReadableByItsUserAlone() {
    try (var jack = enter("jack");
        var moderator = enter("mod")) {
      assertThat(status(jack, "subscribe", "user:mike")).isEqualTo("403");
      assertThat(status(jack, "subscribe", "user:jack")).isEqualTo("200");
      assertThat(status(moderator, "publish", "user:jack")).isEqualTo("200");
      assertThat(jack.receive().header("publish")).contains("user:jack");
    }
  }

  @Test
  void unknownUser_getsNoToken() {
    try (var asking = app.connect();
        var jack = enter("jack")) {
      assertThat(asking.request(Message.of("token", "nobody")).header("status")).contains("422");
      assertThat(status(jack, "publish", "lobby")).isEqualTo("200");
    }
  }

  @Test
  void page_isServed() throws Exception {
    try (var http = HttpClient.newHttpClient()) {
      for (var path : new String[] {"/", "/rooms.js"}) {
        var request = HttpRequest.newBuilder(URI.create(app.http(path).toString())).build();
        assertThat(http.send(request, BodyHandlers.ofString()).statusCode()).isEqualTo(200);
      }
    }
  }

  private static TestClient enter(String user) {
    var client = app.connect();
    var token = client.request(Message.of("token", user)).body();
    var enter =
        Message.builder("enter").header("authorization", "Bearer " + token).header("ack", "true");
    assertThat(client.request(enter.build()).header("status")).contains("200");
    return client;
  }

  private static String status(TestClient client, String verb, String channel) {
    var message = Message.builder(verb).header(verb, channel).header("ack", "true").build();
    return client.request(message).header("status").orElse("none");
  }
}
