package io.lhttp.app.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.Secrets;
import io.lhttp.app.api.method.Method;
import io.lhttp.fixture.CapturedLog;
import io.lhttp.fixture.RawClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The API answers nothing without a key, nothing to a page, and bounds each request. */
class ApiServerTest extends ApiFixture {
  private static final String INFO_HEAD =
      "POST /api/info HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";

  @ParameterizedTest
  @ValueSource(
      strings = {"/api/info", "/api/openapi.json", "/api/audit", "/api/none", "/", "/metrics"})
  void nothing_isAnsweredWithoutKey(String path) throws Exception {
    for (var request :
        List.of(
            HttpRequest.newBuilder(uri(path)),
            HttpRequest.newBuilder(uri(path)).POST(BodyPublishers.ofString("{}")),
            HttpRequest.newBuilder(uri(path)).header("authorization", "Basic " + KEY),
            HttpRequest.newBuilder(uri(path)).header("authorization", KEY),
            HttpRequest.newBuilder(uri(path)).header("authorization", "Bearer " + KEY + "x"),
            HttpRequest.newBuilder(uri(path))
                .header("authorization", "Bearer " + KEY)
                .header("x-api-key", KEY))) {
      var answer = http.send(request.build(), BodyHandlers.ofString());
      assertThat(answer.statusCode()).isEqualTo(401);
      assertThat(answer.headers().firstValue("www-authenticate").orElse("")).startsWith("Bearer");
      assertThat(answer.body()).startsWith("{\"error\":{\"status\":401,").doesNotContain(KEY);
    }
  }

  @Test
  void key_isTakenFromEitherHeader() throws Exception {
    assertThat(send(post("info", "{}")).statusCode()).isEqualTo(200);
    var plain =
        HttpRequest.newBuilder(uri("/api/info"))
            .header("x-api-key", KEY)
            .header("content-type", "application/json; charset=UTF-8")
            .POST(BodyPublishers.ofString("{}"));
    assertThat(send(plain).statusCode()).isEqualTo(200);
  }

  @ParameterizedTest
  @CsvSource({
    "origin, http://localhost",
    "origin, null",
    "sec-fetch-site, same-origin",
    "sec-fetch-site, cross-site",
  })
  void page_isRefused(String name, String value) throws Exception {
    assertThat(send(post("info", "{}").header(name, value)).statusCode()).isEqualTo(403);
  }

  @Test
  void addressBarOfBrowser_isNoPage() throws Exception {
    var typed =
        HttpRequest.newBuilder(uri("/api/openapi.json"))
            .header("authorization", "Bearer " + KEY)
            .header("sec-fetch-site", "none");
    assertThat(send(typed).statusCode()).isEqualTo(200);
  }

  @ParameterizedTest
  @ValueSource(strings = {"evil.example", "evil.example:80", "localhost.evil.example", ""})
  void foreignHost_isRefused(String host) throws Exception {
    try (var client = RawClient.connect(api.uri().getPort())) {
      var answer =
          client
              .send(
                  RawClient.request(
                      "GET /api/openapi.json", "Host: " + host, "Authorization: Bearer " + KEY))
              .answer();
      assertThat(answer.status()).isEqualTo(421);
      assertThat(answer.body()).startsWith("{\"error\":");
    }
  }

  @Test
  void forwardingHeaders_grantNothing() throws Exception {
    for (var header : List.of("X-Forwarded-For: 127.0.0.1", "Forwarded: for=127.0.0.1")) {
      try (var client = RawClient.connect(api.uri().getPort())) {
        assertThat(
                client
                    .send(RawClient.request("GET /api/audit", "Host: localhost", header))
                    .answer()
                    .status())
            .isEqualTo(401);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/json; charset=iso-8859-1",
        "application/jsonp",
      })
  void otherContentType_isRefused(String type) throws Exception {
    var request =
        HttpRequest.newBuilder(uri("/api/info"))
            .header("x-api-key", KEY)
            .header("content-type", type)
            .POST(BodyPublishers.ofString("{}"));
    assertThat(send(request).statusCode()).isEqualTo(415);
  }

  @Test
  void unknownMethodAndField_nameTheNearest() throws Exception {
    var method = http.send(post("publsh", "{}").build(), BodyHandlers.ofString());
    assertThat(method.statusCode()).isEqualTo(404);
    assertThat(method.body()).contains("did you mean 'publish'?", "\"nearest\":\"publish\"");

    var error = fail(400, "publish", "{\"channel\":\"a\",\"txt\":\"b\"}");
    assertThat(error.get("path").asText()).isEqualTo("$.txt");
    assertThat(error.get("nearest").asText()).isEqualTo("text");
    var typed = fail(400, "publish", "{\"channel\":7}");
    assertThat(typed.get("value").asText()).isEqualTo("7");
    assertThat(typed.get("expected").asText()).isEqualTo("a text of 1 to 255 characters");
  }

  @Test
  void metrics_countAnswersByMethodAndStatus() throws Exception {
    call("info", "{}");
    call("info", "{}");
    fail(400, "publish", "{}");
    send(HttpRequest.newBuilder(uri("/api/info")).header("x-api-key", "a-wrong-key-of-24-bytes"));
    send(HttpRequest.newBuilder(uri("/api/a-made-up-path")).header("x-api-key", KEY));

    var counts = new TreeMap<String, Double>();
    handler.metrics().forEach(one -> counts.put(one.labels().values().toString(), one.value()));

    assertThat(counts)
        .containsOnly(
            Map.entry("[info, 200]", 2.0),
            Map.entry("[info, 401]", 1.0),
            Map.entry("[other, 404]", 1.0),
            Map.entry("[publish, 400]", 1.0));
  }

  @Test
  void wrongVerb_isRefusedWithAllow() throws Exception {
    var get = HttpRequest.newBuilder(uri("/api/publish")).header("x-api-key", KEY);
    var answer = send(get);
    assertThat(answer.statusCode()).isEqualTo(405);
    assertThat(answer.headers().firstValue("allow")).contains("POST");
    var put =
        HttpRequest.newBuilder(uri("/api/openapi.json"))
            .header("x-api-key", KEY)
            .PUT(BodyPublishers.ofString("{}"));
    assertThat(send(put).headers().firstValue("allow")).contains("GET, HEAD");
  }

  @Test
  void keyOfFewMethods_mayCallNoOthers() throws Exception {
    var channels = post("channels", "{}").setHeader("authorization", "Bearer " + READER);
    assertThat(send(channels).statusCode()).isEqualTo(200);
    for (var request :
        List.of(
            post("publish", "{\"channel\":\"a\"}"),
            post("audit", "{}"),
            post(
                "batch", "{\"commands\":[{\"channels\":{}},{\"publish\":{\"channel\":\"a\"}}]}"))) {
      var answer = send(request.setHeader("authorization", "Bearer " + READER));
      assertThat(answer.statusCode()).isEqualTo(403);
      assertThat(answer.body()).contains("only batch, channels");
    }
    var audit = HttpRequest.newBuilder(uri("/api/audit")).header("x-api-key", READER);
    assertThat(send(audit).statusCode()).isEqualTo(403);
    assertThat(server.control().audit().latest(10))
        .extracting(event -> event.method())
        .containsExactly("channels");
  }

  @Test
  void callBeyondMethodsOfKey_isLoggedAFewTimesAMinute() throws Exception {
    try (var log = new CapturedLog(ApiHandler.class)) {
      for (var i = 0; i < 20; i++) {
        send(post("audit", "{}").setHeader("authorization", "Bearer " + READER));
      }
      assertThat(log.events()).hasSizeBetween(5, 10);
      assertThat(log.events().getFirst().getFormattedMessage())
          .contains("key=reader method=audit")
          .doesNotContain(READER);
    }
  }

  @Test
  void newKeys_countFromNextRequestOn() throws Exception {
    var rotated = "the-next-key-of-the-backend";
    keys = new ApiKeys(Map.of("backend", new ApiKey(Secrets.of(rotated, KEY), Set.of())));
    assertThat(send(post("info", "{}")).statusCode()).isEqualTo(200);
    assertThat(
            send(post("info", "{}").setHeader("authorization", "Bearer " + rotated)).statusCode())
        .isEqualTo(200);
    keys = new ApiKeys(Map.of("backend", new ApiKey(Secrets.of(rotated), Set.of(Method.INFO))));
    assertThat(send(post("info", "{}")).statusCode()).isEqualTo(401);
    keys = ApiKeys.NONE;
    assertThat(
            send(post("info", "{}").setHeader("authorization", "Bearer " + rotated)).statusCode())
        .isEqualTo(401);
  }

  @Test
  void audit_isReadByGet() throws Exception {
    call("info", "{}");
    call("channels", "{}");
    var one = HttpRequest.newBuilder(uri("/api/audit?last=1")).header("x-api-key", KEY);
    var events = ApiSchema.tree(send(one).body()).get("events");
    assertThat(events).hasSize(1);
    assertThat(events.get(0).get("method").asText()).isEqualTo("channels");
    for (var query :
        List.of("last=0", "last=1001", "last=", "first=1", "last=1&last=2", "last=x")) {
      var wrong = HttpRequest.newBuilder(uri("/api/audit?" + query)).header("x-api-key", KEY);
      assertThat(send(wrong).statusCode()).as(query).isEqualTo(400);
    }
  }

  @Test
  void bodyBeyondBound_isRefusedUnread() throws Exception {
    var text = "x".repeat(ApiHandler.BODY);
    fail(413, "publish", "{\"channel\":\"a\",\"text\":\"" + text + "\"}");
    call(
        "publish",
        "{\"channel\":\"a\",\"text\":\"" + text.substring(0, ApiHandler.BODY - 100) + "\"}");
    try (var client = RawClient.connect(api.uri().getPort())) {
      client.send(
          INFO_HEAD + "X-Api-Key: " + KEY + "\r\nTransfer-Encoding: chunked\r\n\r\nffffff\r\n");
      assertThat(client.answer().status()).isEqualTo(413);
    }
  }

  @Test
  void bodyThatIsNoUtf8_isRefused() throws Exception {
    var request =
        post("publish", "")
            .POST(BodyPublishers.ofByteArray(new byte[] {'{', '"', (byte) 0xff, '"', '}'}));
    var answer = send(request);
    assertThat(answer.statusCode()).isEqualTo(400);
    assertThat(answer.body()).contains("not UTF-8");
  }

  @Test
  void batchOfTooManyCommands_isRefused() throws Exception {
    var commands = String.join(",", java.util.Collections.nCopies(1_001, "{\"info\":{}}"));
    assertThat(fail(400, "batch", "{\"commands\":[" + commands + "]}").get("path").asText())
        .isEqualTo("$.commands");
  }

  @Test
  void pipelinedRequests_areAnsweredInOrder() throws Exception {
    try (var client = RawClient.connect(api.uri().getPort())) {
      var head = INFO_HEAD + "X-Api-Key: " + KEY + "\r\nContent-Length: ";
      client.send(head + "2\r\n\r\n{}" + head + "3\r\n\r\n{{}" + head + "2\r\n\r\n{}");
      assertThat(
              List.of(client.answer().status(), client.answer().status(), client.answer().status()))
          .containsExactly(200, 400, 200);
    }
  }

  @Test
  void malformedRequest_isRefusedAsJson() throws Exception {
    try (var client = RawClient.connect(api.uri().getPort())) {
      var answer = client.send("POST /api/info HTTP/1.1\r\nA B: c\r\n\r\n").answer();
      assertThat(answer.status()).isEqualTo(400);
      assertThat(answer.body()).startsWith("{\"error\":{\"status\":400,");
    }
  }

  @Test
  void floodOfOneKey_leavesPlacesToAnother() throws Exception {
    var flood = new ArrayList<RawClient>();
    try {
      for (var i = 0; i < ApiHandler.REQUESTS; i++) {
        flood.add(begin(KEY));
      }
      var refused = 0;
      for (var client : flood) {
        refused += client.send("{}").answer().status() == 429 ? 1 : 0;
      }
      assertThat(refused).isPositive();
      flood.forEach(ApiServerTest::close);
      flood.clear();
      for (var i = 0; i < ApiHandler.REQUESTS; i++) {
        flood.add(begin(KEY));
      }
      assertThat(begin(READER, "channels", flood).send("{}").answer().status()).isEqualTo(200);
    } finally {
      flood.forEach(ApiServerTest::close);
    }
  }

  /** Sends a request whose body does not follow yet. */
  private RawClient begin(String key) throws Exception {
    return begin(key, "info", new ArrayList<>());
  }

  private RawClient begin(String key, String method, List<RawClient> to) throws Exception {
    var client = RawClient.connect(api.uri().getPort());
    to.add(client);
    return client.send(
        INFO_HEAD.replace("info", method) + "X-Api-Key: " + key + "\r\nContent-Length: 2\r\n\r\n");
  }

  private static void close(RawClient client) {
    try {
      client.close();
    } catch (java.io.IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  @Test
  void guesses_areSlowedDownAndOthersServed() throws Exception {
    var guesses = new ArrayList<RawClient>();
    try {
      for (var i = 0; i < 300; i++) {
        var client = RawClient.connect(api.uri().getPort());
        guesses.add(client);
        client.send(
            RawClient.request("GET /api/audit", "Host: localhost", "X-Api-Key: guess-" + i));
      }
      call("info", "{}");
    } finally {
      guesses.forEach(ApiServerTest::close);
    }
  }
}
