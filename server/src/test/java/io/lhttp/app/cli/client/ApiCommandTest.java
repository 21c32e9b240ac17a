package io.lhttp.app.cli.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.Secrets;
import io.lhttp.app.api.ApiHandler;
import io.lhttp.app.api.ApiKey;
import io.lhttp.app.api.ApiKeys;
import io.lhttp.app.api.ApiServer;
import io.lhttp.app.api.method.Method;
import io.lhttp.app.cli.CommandFixture;
import io.lhttp.filters.pubsub.PubSubFilter;
import io.lhttp.server.LhttpServer;
import io.lhttp.testing.TestClient;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The command {@code api} calls a method with typed fields, and prints the answer. */
class ApiCommandTest extends CommandFixture {
  private static final String KEY = "the-key-of-the-backend-1234";
  private static final String READER = "the-key-of-the-reader-12345";

  private LhttpServer server;
  private ApiServer api;

  @BeforeEach
  void start() throws Exception {
    server =
        LhttpServer.builder()
            .host("127.0.0.1")
            .port(0)
            .filter("pubsub", new PubSubFilter())
            .start();
    var keys =
        new ApiKeys(
            Map.of(
                "backend", new ApiKey(Secrets.of(KEY), Set.of()),
                "reader", new ApiKey(Secrets.of(READER), Set.of(Method.INFO))));
    api =
        new ApiServer(
            "127.0.0.1", 0, new ApiHandler(() -> keys, server.control(), System::nanoTime));
  }

  @AfterEach
  void stop() {
    api.close();
    server.close();
  }

  @Test
  void publication_withTextAndJson_reachesSubscriber() {
    try (var client = TestClient.connect(server.uri())) {
      client.subscribe("kitchen");
      assertThat(
              run(
                  "api",
                  "publish",
                  "--url",
                  api.uri().toString(),
                  "--key",
                  KEY,
                  "channel=kitchen",
                  "text=a=b",
                  "headers:={\"day\": \"Monday\"}"))
          .as(err.toString())
          .isZero();
      var message = client.receive();
      assertThat(message.body()).isEqualTo("a=b");
      assertThat(message.header("day")).contains("Monday");
    }
    assertThat(out).hasToString("{\"channel\":\"kitchen\"}" + System.lineSeparator());
  }

  @Test
  void addressAndKey_comeFromFolder() throws Exception {
    write(
        "lhttp.yaml",
        """
        api:
          listen: %d
          keys:
            reader: { secret: %s, methods: [ info ] }
            backend: { secret: %s }
        """
            .formatted(api.uri().getPort(), READER, KEY));
    assertThat(run("api", "channels", "--app", folder.toString())).as(err.toString()).isZero();
    assertThat(out.toString()).startsWith("{\"channels\":[],\"truncated\":false,");
    assertThat(server.control().audit().latest(1).getFirst().actor().name()).isEqualTo("backend");
  }

  @Test
  void errorsInOtherParts_keepNoCallFromWorking() throws Exception {
    write(
        "lhttp.yaml",
        """
        listen: nowhere
        chain:
          - auth: { jwt: { secret: "${NO_SUCH_VARIABLE}" } }
          - no-such-filter
        admin: { listen: "${NOR_THIS}" }
        api:
          listen: %d
          keys:
            other: "${NO_SUCH_KEY}"
            backend: { secret: %s }
        histroy: {}
        """
            .formatted(api.uri().getPort(), KEY));
    assertThat(run("api", "channels", "--app", folder.toString())).as(err.toString()).isZero();
    assertThat(server.control().audit().latest(1).getFirst().actor().name()).isEqualTo("backend");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "api: { listen: nowhere, keys: { a: first-secret-0123 } }|api.listen: expected a port",
        "api: { listen: 9092, keys: { a: '${NO_SUCH_KEY}' } }|api.keys.a: the environment variable"
            + " NO_SUCH_KEY is not set",
        "api: { listen: 9092, keys: { a: short } }|api.keys.a: a secret has at least 16",
        "api: [ 9092 ]|api: expected keys with values, not a list",
        "admin: { listen: '${NO_SUCH_PORT}' }|admin: the environment variable NO_SUCH_PORT",
        "api: { listen: 9092|lhttp.yaml:1",
      })
  void neededPartThatCantBeRead_isReported(String yaml, String message) throws Exception {
    write("lhttp.yaml", yaml + "\n");
    assertThat(run("api", "info", "--app", folder.toString())).isNotZero();
    assertThat(err.toString()).contains("lhttp.yaml:1:", message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "publsh                | lhttp api: unknown method 'publsh', did you mean 'publish'?",
        "info user             | lhttp api: 'user': expected NAME=TEXT, or NAME:=JSON",
        "info =a               | lhttp api: '=a': expected NAME=TEXT, or NAME:=JSON",
        "info a=b a:=1         | lhttp api: the field 'a' came twice",
        "info a:=1,\"b\":2     | lhttp api: a: expected JSON behind :=",
        "info a:={             | lhttp api: a: expected JSON behind :=",
      })
  void wrongUsage_isReportedInOneLine(String arguments, String message) {
    var line = "api --url %s --key %s %s".formatted(api.uri(), KEY, arguments);
    assertThat(run(line.split(" +"))).isEqualTo(2);
    assertThat(err).hasToString(message + System.lineSeparator());
    assertThat(server.control().audit().latest(1)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "audit last=5      | lhttp: 400 last: expected a whole number from 1 to 1000, not \"5\";"
            + " values other than texts are written last:=JSON",
        "publish chanel=a  | lhttp: 400 $.chanel: unknown field 'chanel', did you mean 'channel'?",
        "audit last:=0     | lhttp: 400 $.last: expected a whole number from 1 to 1000, not 0",
        "history channel=a --key the-key-of-the-reader-12345 | lhttp: 403 the key 'reader' may not"
            + " call history, only info",
        "info --key the-key-of-nobody-12345 | lhttp: 401 the key is not valid",
      })
  void refusal_isPrintedAndExitsWithOne(String arguments, String message) {
    var line = "api --url %s %s".formatted(api.uri(), arguments);
    if (!line.contains("--key")) {
      line += " --key " + KEY;
    }
    assertThat(run(line.split(" +"))).isEqualTo(1);
    assertThat(err).hasToString(message + System.lineSeparator());
    assertThat(out.toString()).startsWith("{\"error\":");
  }

  @Test
  void missingKey_andServerWithoutApi_areReported() throws Exception {
    assertThat(run("api", "info", "--app", folder.toString())).isEqualTo(1);
    assertThat(err.toString()).startsWith("lhttp: a key is needed: --key KEY, the variable");
    assertThat(run("api", "info", "--key", KEY, "--url", server.uri().toString())).isEqualTo(1);
    assertThat(err.toString()).contains("no answer of a server API: HTTP 405");
    api.close();
    assertThat(run("api", "info", "--key", KEY, "--url", api.uri().toString())).isEqualTo(1);
    assertThat(err.toString()).contains("can't call " + api.uri());
  }
}
