package io.lhttp.app.api;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.message.Message;
import io.lhttp.testing.Eventually;
import java.net.InetAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Each method acts on the server's connections and channels, and answers as it is described. */
class ApiMethodsTest extends ApiFixture {
  private static final String HISTORIES =
      String.join(",", Collections.nCopies(20, "{\"history\":{\"channel\":\"kept\"}}"));

  @Test
  void user_isPutIntoRoomListedAndThrownOut() throws Exception {
    try (var mia = login("mia");
        var bob = login("bob")) {
      var subscribed = call("subscribe", "{\"user\":\"mia\",\"channels\":[\"kitchen\"]}");
      assertThat(subscribed.get("connections").asInt()).isEqualTo(1);
      assertThat(subscribed.get("changed").asInt()).isEqualTo(1);
      assertThat(subscribed.get("refusals")).isEmpty();
      assertThat(subscribed.get("servers").get("answered")).hasSize(1);
      assertThat(subscribed.get("servers").get("silent")).isEmpty();
      assertThat(mia.receive().header("subscribed")).contains("kitchen");

      assertThat(call("publish", "{\"channel\":\"kitchen\",\"text\":\"soup\"}").has("position"))
          .isFalse();
      var soup = mia.receive();
      assertThat(soup.command()).isEqualTo("publish");
      assertThat(soup.body()).isEqualTo("soup");

      var members = call("presence", "{\"channel\":\"kitchen\"}").get("members");
      assertThat(members.toString()).isEqualTo("[{\"user\":\"mia\",\"connections\":1}]");
      var stats = call("presence-stats", "{\"channel\":\"kitchen\"}");
      assertThat(stats.get("users").asInt()).isEqualTo(1);
      assertThat(call("channels", "{\"pattern\":\"kit*\"}").get("channels").toString())
          .isEqualTo("[{\"channel\":\"kitchen\",\"subscribers\":1}]");
      var connection = call("connections", "{\"session\":\"s-mia\"}").get("connections").get(0);
      assertThat(connection.get("user").asText()).isEqualTo("mia");
      assertThat(connection.get("channels").toString()).isEqualTo("[\"kitchen\"]");
      assertThat(call("info", "{}").get("nodes").get(0).get("connections").asInt()).isEqualTo(2);

      call("unsubscribe", "{\"channel\":\"kitchen\",\"channels\":[\"kitchen\"]}");
      assertThat(mia.receive().header("unsubscribed")).contains("kitchen");

      call("disconnect", "{\"user\":\"mia\",\"code\":4001,\"reason\":\"out\"}");
      assertThat(mia.closed().code()).isEqualTo(4001);
      assertThat(mia.closed().reason()).isEqualTo("out");
      assertThat(call("connections", "{}").get("connections")).hasSize(1);
      assertThat(bob.request(Message.of("login", "bob")).command()).isEqualTo("hello");
    }
    var events = call("audit", "{\"last\":2}").get("events");
    assertThat(events).hasSize(2);
    assertThat(events.get(1).get("method").asText()).isEqualTo("disconnect");
    assertThat(events.get(1).get("actor").asText()).isEqualTo("key backend");
    assertThat(events.get(1).get("target").asText()).isEqualTo("user mia");
  }

  @Test
  void publication_carriesJsonBytesCommandAndHeaders() throws Exception {
    try (var mia = login("mia")) {
      mia.subscribe("kitchen");
      call(
          "publish",
          "{\"channel\":\"kitchen\",\"command\":\"menu\",\"json\":{\"n\": 1.50},"
              + "\"headers\":{\"Day\":\"Monday\"},\"message-id\":\"m1\"}");
      var json = mia.receive();
      assertThat(json.command()).isEqualTo("menu");
      assertThat(json.body()).isEqualTo("{\"n\": 1.50}");
      assertThat(json.header("day")).contains("Monday");
      assertThat(json.header("message-id")).contains("m1");

      call("publish", "{\"channel\":\"kitchen\",\"base64\":\"AP8=\"}");
      var bytes = mia.receive();
      assertThat(bytes.format()).isEqualTo(Message.Format.BINARY);
      assertThat(bytes.bodyBytes()).containsExactly(0, 255);
    }
  }

  @Test
  void broadcast_answersForEachChannel() throws Exception {
    try (var mia = login("mia")) {
      mia.subscribe("a", "b");
      var answer = call("broadcast", "{\"channels\":[\"a\",\"b\",\"no good\"],\"text\":\"x\"}");
      assertThat(answer.get("refused").asInt()).isEqualTo(1);
      assertThat(answer.get("results").get("no good").get("error").get("status").asInt())
          .isEqualTo(400);
      assertThat(List.of(mia.receive().body(), mia.receive().body())).containsExactly("x", "x");
    }
  }

  @Test
  void batch_answersInOrderOfCommands() throws Exception {
    try (var mia = login("mia")) {
      mia.subscribe("kitchen");
      for (var parallel : List.of(false, true)) {
        var commands = new ArrayList<String>();
        for (var i = 0; i < 100; i++) {
          commands.add("{\"publish\":{\"channel\":\"kitchen\",\"text\":\"%d\"}}".formatted(i));
        }
        commands.add("{\"history\":{\"channel\":\"forgotten\"}}");
        var answer =
            call(
                "batch",
                "{\"commands\":[%s],\"parallel\":%b}"
                    .formatted(String.join(",", commands), parallel));
        assertThat(answer.get("answers")).hasSize(101);
        assertThat(answer.get("answers").get(7).toString())
            .isEqualTo(
                "{\"method\":\"publish\",\"status\":200,\"answer\":{\"channel\":\"kitchen\"}}");
        assertThat(answer.get("answers").get(100).get("status").asInt()).isEqualTo(409);
        assertThat(answer.get("failed").asInt()).isEqualTo(1);
        if (!parallel) {
          for (var i = 0; i < 100; i++) {
            assertThat(mia.receive().body()).isEqualTo(String.valueOf(i));
          }
        }
      }
    }
  }

  @Test
  void wrongCommandOfBatch_keepsAllOthersFromRunning() throws Exception {
    try (var mia = login("mia")) {
      mia.subscribe("kitchen");
      var error =
          fail(
              400,
              "batch",
              "{\"commands\":[{\"publish\":{\"channel\":\"kitchen\"}},"
                  + "{\"publish\":{\"chanel\":\"kitchen\"}}]}");
      assertThat(error.get("path").asText()).isEqualTo("$.commands[1].publish.chanel");
      assertThat(error.get("nearest").asText()).isEqualTo("channel");
      fail(400, "batch", "{\"commands\":[{\"batch\":{\"commands\":[{\"info\":{}}]}}]}");
      fail(400, "batch", "{\"commands\":[]}");
      call("publish", "{\"channel\":\"kitchen\",\"text\":\"the first\"}");
      assertThat(mia.receive().body()).isEqualTo("the first");
    }
  }

  @Test
  void fieldsThatDontFitTogether_areRefused() throws Exception {
    assertThat(message("subscribe", "{\"channels\":[\"a\"]}"))
        .isEqualTo("expected one of user, connection, session and channel");
    assertThat(message("disconnect", "{\"user\":\"a\",\"channel\":\"b\"}")).endsWith("not 2");
    assertThat(message("disconnect", "{\"user\":\"a\",\"code\":1005}"))
        .isEqualTo("expected 1000 to 1003, 1007 to 1014 or 3000 to 4999, not 1005");
    assertThat(message("disconnect", "{\"channel\":\"a b\"}")).contains("without space");
    assertThat(message("publish", "{\"channel\":\"a\",\"text\":\"\",\"json\":1}"))
        .contains("one of text, json and base64");
    assertThat(message("publish", "{\"channel\":\"a\",\"base64\":\"?\"}")).contains("Base64");
    assertThat(message("publish", "{\"channel\":\"a\",\"headers\":{\"a b\":\"\"}}")).isNotEmpty();
    assertThat(message("publish", "{\"channel\":\"a\",\"headers\":{\"a\":\"b\\r\\nc: d\"}}"))
        .isNotEmpty();
    assertThat(message("publish", "{\"channel\":\"a\",\"headers\":{\"Position\":\"e-1\"}}"))
        .contains("'Position' never reaches a subscriber");
    assertThat(message("publish", "{\"channel\":\"a\",\"command\":\"b c\"}")).isNotEmpty();
    assertThat(message("refresh", "{\"user\":\"a\"}"))
        .isEqualTo("expected one at least of claims and expires");
    assertThat(message("refresh", "{\"user\":\"a\",\"claims\":[]}")).contains("an object");
    assertThat(message("history", "{\"channel\":\"kept\",\"since\":\"x\"}"))
        .contains("EPOCH-OFFSET");
  }

  private String message(String method, String json) throws Exception {
    return fail(400, method, json).get("message").asText();
  }

  @Test
  void history_isReadInPagesAndBeginsAnewAfterReset() throws Exception {
    var first = call("publish", "{\"channel\":\"kept\",\"text\":\"one\",\"message-id\":\"a\"}");
    call("publish", "{\"channel\":\"kept\",\"text\":\"one\",\"message-id\":\"a\"}");
    call("publish", "{\"channel\":\"kept\",\"base64\":\"AP8=\"}");
    var position = first.get("position").asText();

    var page = call("history", "{\"channel\":\"kept\",\"limit\":10}");
    assertThat(page.get("entries")).hasSize(2);
    assertThat(page.get("entries").get(0).get("position").asText()).isEqualTo(position);
    assertThat(page.get("entries").get(0).get("text").asText()).isEqualTo("one");
    var rest = call("history", "{\"channel\":\"kept\",\"since\":\"%s\"}".formatted(position));
    assertThat(rest.get("recovered").asBoolean()).isTrue();
    assertThat(rest.get("entries")).hasSize(1);
    assertThat(rest.get("entries").get(0).get("base64").asText()).isEqualTo("AP8=");

    var begin = call("history-reset", "{\"channel\":\"kept\"}").get("position").asText();
    assertThat(begin.split("-", -1)[0]).isNotEqualTo(position.split("-", -1)[0]);
    var lost = call("history", "{\"channel\":\"kept\",\"since\":\"%s\"}".formatted(position));
    assertThat(lost.get("recovered").asBoolean()).isFalse();
    assertThat(lost.get("entries")).isEmpty();
    fail(409, "history", "{\"channel\":\"forgotten\"}");
    fail(409, "history-reset", "{\"channel\":\"forgotten\"}");
  }

  /** Each large answer stays in memory until its client has read it. */
  @Test
  void largeAnswers_thatOneKeyDoesNotRead_areFew() throws Exception {
    call("publish", "{\"channel\":\"kept\",\"text\":\"%s\"}".formatted("\\u0001".repeat(150_000)));
    var unread = new ArrayList<Socket>();
    try {
      for (var i = 0; i < 4; i++) {
        var client = new Socket(InetAddress.getLoopbackAddress(), api.uri().getPort());
        unread.add(client);
        var body = "{\"commands\":[" + HISTORIES + "],\"parallel\":true}";
        var head =
            "POST /api/batch HTTP/1.1\r\nHost: localhost\r\nX-Api-Key: %s\r\n".formatted(KEY)
                + "Content-Type: application/json\r\nContent-Length: %d\r\n\r\n"
                    .formatted(body.length());
        client.getOutputStream().write((head + body).getBytes(US_ASCII));
        assertThat(client.getInputStream().readNBytes(12)).asString().isEqualTo("HTTP/1.1 200");
      }

      assertThat(status("history", "{\"channel\":\"kept\"}")).isEqualTo(429);
      assertThat(status("connections", "{}")).isEqualTo(429);
      assertThat(status("info", "{}")).isEqualTo(200);
    } finally {
      for (var client : unread) {
        client.close();
      }
    }
    Eventually.holds("a place", () -> status("history", "{\"channel\":\"kept\"}") == 200);
  }

  private int status(String method, String json) {
    try {
      return send(post(method, json)).statusCode();
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void largeHistories_areReadInParts() throws Exception {
    var text = "x".repeat(700_000);
    for (var i = 0; i < 4; i++) {
      call("publish", "{\"channel\":\"kept\",\"text\":\"%d%s\"}".formatted(i, text));
    }
    var newest = call("history", "{\"channel\":\"kept\"}").get("entries");
    assertThat(newest).hasSize(2);
    assertThat(newest.get(1).get("text").asText()).startsWith("3");
    var epoch = newest.get(0).get("position").asText().split("-", -1)[0];
    var page = call("history", "{\"channel\":\"kept\",\"since\":\"%s-0\"}".formatted(epoch));
    assertThat(page.get("entries")).hasSize(2);
    assertThat(page.get("entries").get(0).get("text").asText()).startsWith("0");
    assertThat(page.get("truncated").asBoolean()).isTrue();

    var answers = call("batch", "{\"commands\":[" + HISTORIES + "]}");
    assertThat(answers.get("failed").asInt()).isPositive().isLessThan(20);
    assertThat(answers.get("answers").get(19).get("error").get("message").asText())
        .isEqualTo("not run, because the answers before have over 4 MiB");
  }
}
