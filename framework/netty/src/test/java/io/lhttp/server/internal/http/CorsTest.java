package io.lhttp.server.internal.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.AddressBlock;
import io.lhttp.fixture.RawClient;
import io.lhttp.server.HostRule;
import io.lhttp.server.Hosts;
import io.lhttp.server.LhttpServer;
import io.lhttp.server.Limits;
import io.lhttp.server.Origins;
import io.lhttp.server.TrustedProxies;
import io.lhttp.server.fixture.Servers;
import java.io.IOException;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The publish endpoint answers pages of allowed origins with CORS headers, and others with 403. */
class CorsTest {
  private static final String MESSAGE = "LHTTP/1.0 echo\r\npublish:news\r\n\r\nhello";
  private static final String LISTED = "https://app.example";

  private static final TrustedProxies PROXIES =
      TrustedProxies.of(Stream.of("127.0.0.0/8", "::1").map(AddressBlock::parse).toList());

  private static LhttpServer server;

  @BeforeAll
  static void start() throws IOException {
    server =
        Servers.start(builder ->
            builder
                .origins(Origins.listed(List.of(LISTED, "capacitor://localhost")))
                .limits(Limits.builder().messageBytes(1024).build()));
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {LISTED, "capacitor://localhost", "http://test", "https://test"})
  void allowedOrigin_readsEveryAnswer(String origin) throws IOException {
    try (var client = RawClient.connect(server.port())) {
      var taken = client.send(RawClient.publish(MESSAGE, "Origin: " + origin)).answer();
      assertThat(taken.status()).isEqualTo(200);
      assertShared(taken, origin);
      var malformed = client.send(RawClient.publish("x", "Origin: " + origin)).answer();
      assertThat(malformed.status()).isEqualTo(400);
      assertShared(malformed, origin);
      var tooLong = client.send(RawClient.publish("x".repeat(2000), "Origin: " + origin)).answer();
      assertThat(tooLong.status()).isEqualTo(413);
      assertShared(tooLong, origin);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "429, test, X-Forwarded-For: 192.0.2.1, X-A: b",
    "400, test, X-Forwarded-For: 192.0.2.2, Forwarded: for=192.0.2.3",
    "421, other.example, X-Forwarded-For: 192.0.2.2, X-A: b",
  })
  void earlyRefusal_isReadByAllowedOriginAlone(int status, String host, String one, String two)
      throws IOException {
    try (var strict =
            Servers.start(builder ->
                builder
                    .origins(Origins.listed(List.of(LISTED)))
                    .hosts(Hosts.only(List.of(HostRule.parse("test"))))
                    .trustedProxies(PROXIES)
                    .limits(Limits.builder().connectionsPerAddress(1).build()));
        var _ = RawClient.open(strict.port(), "X-Forwarded-For: 192.0.2.1")) {
      for (var origin : List.of(LISTED, "https://evil.example")) {
        var request =
            RawClient.publish(MESSAGE, "Origin: " + origin, one, two)
                .replace("Host: test", "Host: " + host);
        try (var client = RawClient.connect(strict.port())) {
          var answer = client.send(request).answer();
          assertThat(answer.status()).isEqualTo(status);
          if (origin.equals(LISTED)) {
            assertShared(answer, origin);
          } else {
            assertThat(answer.headers()).doesNotContainKey("access-control-allow-origin");
          }
        }
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "https://app.example, content-type",
    "https://app.example, 'authorization, content-type'",
    "capacitor://localhost, content-type",
  })
  void preflight_allowedOrigin_isAnswered(String origin, String headers) throws IOException {
    try (var client = RawClient.connect(server.port())) {
      var answer =
          client
              .send(
                  RawClient.request(
                      "OPTIONS /publish",
                      "Host: test",
                      "Origin: " + origin,
                      "Access-Control-Request-Method: POST",
                      "Access-Control-Request-Headers: " + headers))
              .answer();
      assertThat(answer.status()).isEqualTo(204);
      assertShared(answer, origin);
      assertThat(answer.header("access-control-allow-methods")).isEqualTo("POST");
      assertThat(answer.header("access-control-allow-headers"))
          .isEqualTo("Authorization, Content-Type");
      assertThat(answer.header("access-control-max-age")).isEqualTo("600");
      assertThat(client.send(RawClient.publish(MESSAGE, "Origin: " + origin)).answer().status())
          .as("on the same connection")
          .isEqualTo(200);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"https://evil.example", "null", "http://app.example", "https://app.example.evil"})
  void foreignOrigin_readsNothing(String origin) throws IOException {
    try (var client = RawClient.connect(server.port())) {
      for (var request :
          List.of(
              RawClient.publish(MESSAGE, "Origin: " + origin),
              RawClient.request("OPTIONS /publish", "Host: test", "Origin: " + origin))) {
        var answer = client.send(request).answer();
        assertThat(answer.status()).isEqualTo(403);
        assertThat(answer.headers())
            .containsEntry("vary", "Origin")
            .doesNotContainKey("access-control-allow-origin")
            .doesNotContainKey("access-control-allow-methods");
      }
    }
  }

  @Test
  void noOrigin_noCorsHeaderIsSent() throws IOException {
    try (var client = RawClient.connect(server.port())) {
      var answer = client.send(RawClient.publish(MESSAGE)).answer();
      assertThat(answer.headers())
          .containsEntry("vary", "Origin")
          .doesNotContainKey("access-control-allow-origin");
      var options = client.send(RawClient.request("OPTIONS /publish", "Host: test")).answer();
      assertThat(options.status()).isEqualTo(204);
      assertThat(options.header("allow")).isEqualTo("OPTIONS, POST");
    }
  }

  @Test
  void publishEndpointOff_isAnsweredWith404() throws IOException {
    try (var off = Servers.start(builder -> builder.publishEndpoint(false));
        var client = RawClient.connect(off.port())) {
      for (var request :
          List.of(
              RawClient.publish(MESSAGE),
              RawClient.publish(MESSAGE, "Origin: http://test"),
              RawClient.request("OPTIONS /publish", "Host: test"),
              RawClient.request("GET /publish", "Host: test"))) {
        var answer = client.send(request).answer();
        assertThat(answer.status()).isEqualTo(404);
        assertThat(answer.headers()).doesNotContainKey("access-control-allow-origin");
      }
      RawClient.open(off.port()).close();
    }
  }

  private static void assertShared(RawClient.Answer answer, String origin) {
    assertThat(answer.headers())
        .containsEntry("access-control-allow-origin", origin)
        .containsEntry("vary", "Origin")
        .containsEntry("access-control-expose-headers", "Retry-After")
        .doesNotContainKey("access-control-allow-credentials");
  }
}
