package io.lhttp.app.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.lhttp.Exchange;
import io.lhttp.Principal;
import io.lhttp.Processor;
import io.lhttp.Secrets;
import io.lhttp.app.api.method.Method;
import io.lhttp.channel.MemoryBroker;
import io.lhttp.channel.Retention;
import io.lhttp.filters.pubsub.PubSubFilter;
import io.lhttp.message.Message;
import io.lhttp.revocation.FileRevocations;
import io.lhttp.revocation.Revocations;
import io.lhttp.revocation.Revocations.Bounds;
import io.lhttp.server.LhttpServer;
import io.lhttp.testing.TestClient;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** A server with the API on a listener of its own, and clients that log in by a message. */
abstract class ApiFixture {
  static final String KEY = "the-key-of-the-backend-1234";
  static final String READER = "the-key-of-the-reader-12345";

  private static final Retention KEPT = new Retention(100, Duration.ofMinutes(10), 1 << 23);

  /** Logs the connection in as the user in the body, with a session of that name. */
  private static final Processor LOGIN =
      new Processor() {
        @Override
        public void onMessage(Exchange exchange) {
          var user = exchange.request().body();
          exchange.connection().authenticate(new Principal(user, Map.of("sid", "s-" + user)));
          exchange.connection().send(Message.of("hello", exchange.connection().id()));
        }
      };

  final ApiSchema schema = new ApiSchema();
  final HttpClient http = HttpClient.newHttpClient();
  volatile ApiKeys keys = new ApiKeys(keys());
  LhttpServer server;
  ApiHandler handler;
  ApiServer api;
  private Revocations revocations;

  @TempDir private Path folder;

  @BeforeEach
  void start() throws Exception {
    revocations = Revocations.in(new FileRevocations(folder.resolve("list")), Bounds.DEFAULT);
    revocations.start(Duration.ZERO);
    server =
        LhttpServer.builder()
            .host("127.0.0.1")
            .port(0)
            .filter("pubsub", new PubSubFilter())
            .processor("login", LOGIN)
            .broker(new MemoryBroker(Map.of("kept*", KEPT)))
            .revocations(revocations)
            .start();
    handler = new ApiHandler(() -> keys, server.control(), System::nanoTime);
    api = new ApiServer("127.0.0.1", 0, handler);
  }

  @AfterEach
  void stop() {
    api.close();
    server.close();
    revocations.close();
    http.close();
  }

  private static Map<String, ApiKey> keys() {
    var keys = new LinkedHashMap<String, ApiKey>();
    keys.put("backend", new ApiKey(Secrets.of(KEY), Set.of()));
    keys.put("reader", new ApiKey(Secrets.of(READER), Set.of(Method.CHANNELS, Method.BATCH)));
    return keys;
  }

  /** Connects a client and logs it in. */
  TestClient login(String user) {
    var client = TestClient.connect(server.uri());
    assertThat(client.request(Message.of("login", user)).command()).isEqualTo("hello");
    return client;
  }

  URI uri(String path) {
    return api.uri().resolve(path);
  }

  /** A POST with the key of the backend. */
  HttpRequest.Builder post(String method, String json) {
    return HttpRequest.newBuilder(uri("/api/" + method))
        .header("authorization", "Bearer " + KEY)
        .header("content-type", "application/json")
        .POST(BodyPublishers.ofString(json));
  }

  /** Sends a request; its answer must fit the description of the API. */
  HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
    var built = request.build();
    var answer = http.send(built, BodyHandlers.ofString());
    assertThat(answer.headers().firstValue("content-type")).contains("application/json");
    var path = built.uri().getPath();
    var word = path.startsWith("/api/") ? path.substring("/api/".length()) : "";
    if (Method.of(word).isPresent() && answer.statusCode() != 421) {
      var verb = built.method().equals("GET") && word.equals("audit") ? "get" : "post";
      schema.requireAnswer(verb, path, answer.statusCode(), answer.body());
    }
    return answer;
  }

  /** Calls a method, which must succeed. */
  JsonNode call(String method, String json) throws Exception {
    var answer = send(post(method, json));
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    schema.requireRequest("/api/" + method, json);
    return ApiSchema.tree(answer.body());
  }

  /** Calls a method, which must fail with this status. Returns the error. */
  JsonNode fail(int status, String method, String json) throws Exception {
    var answer = send(post(method, json));
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
    var error = ApiSchema.tree(answer.body()).get("error");
    assertThat(error.get("status").asInt()).isEqualTo(status);
    return error;
  }
}
