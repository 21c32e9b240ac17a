package io.lhttp.filters.auth;

import static io.lhttp.filters.auth.Forge.base64;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import io.lhttp.Metric;
import io.lhttp.filters.auth.AuthOptions.Jwt;
import io.lhttp.testing.Eventually;
import io.lhttp.testing.ManualClock;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.security.KeyPair;
import java.security.interfaces.RSAPublicKey;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JwksTest {
  private static final KeyPair FIRST = Forge.rsa(2048);
  private static final KeyPair SECOND = Forge.rsa(2048);

  private final ManualClock clock = new ManualClock();
  private final AtomicInteger asked = new AtomicInteger();
  private volatile String published = set(key("one", FIRST));
  private volatile int status = 200;
  private HttpServer issuer;
  private JwtReader reader;

  @BeforeEach
  void start() throws IOException {
    issuer = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    issuer.createContext(
        "/",
        exchange -> {
          asked.incrementAndGet();
          var body = published.getBytes(UTF_8);
          exchange.getResponseHeaders().set("Location", "/elsewhere");
          exchange.sendResponseHeaders(status, body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    issuer.start();
    var uri = URI.create("http://127.0.0.1:" + issuer.getAddress().getPort() + "/keys");
    reader = new JwtReader(jwt(uri), clock, clock::nanoTime);
  }

  @AfterEach
  void stop() {
    reader.close();
    issuer.stop(0);
  }

  @Test
  void manyTokens_fetchKeysOnce() throws Exception {
    for (var i = 0; i < 5; i++) {
      assertThat(reader.read(token("one", FIRST), true).principal().name()).isEqualTo("jack");
    }
    assertThat(asked).hasValue(1);
  }

  @Test
  void rotatedKeys_acceptNewAndRejectOld() throws Exception {
    reader.read(token("one", FIRST), true);
    published = set(key("two", SECOND));
    clock.advance(Duration.ofSeconds(6));
    assertThat(reader.read(token("two", SECOND), true).principal().name()).isEqualTo("jack");
    assertThat(asked).hasValue(2);
    assertThatThrownBy(() -> reader.read(token("one", FIRST), true))
        .isInstanceOf(BadTokenException.class);
  }

  @Test
  void unknownKeyIds_fetchAtMostOncePerPause() throws Exception {
    reader.read(token("one", FIRST), true);
    for (var i = 0; i < 1_000; i++) {
      var foreign = base64(head("foreign" + i)) + "." + base64("{}") + "." + base64("unsigned");
      assertThatThrownBy(() -> reader.read(foreign, true)).isInstanceOf(BadTokenException.class);
    }
    assertThat(asked).as("no more than one per pause").hasValue(1);
    clock.advance(Duration.ofSeconds(6));
    var foreign = token("foreign1", SECOND);
    for (var i = 0; i < 1_000; i++) {
      assertThatThrownBy(() -> reader.read(foreign, true)).isInstanceOf(BadTokenException.class);
    }
    assertThat(asked).as("the name is known to be foreign").hasValueLessThanOrEqualTo(2);
  }

  @Test
  void failedRefresh_keepsKeysUntilTheyExpire() throws Exception {
    reader.read(token("one", FIRST), true);
    clock.advance(Duration.ofMinutes(11));
    status = 500;
    assertThat(reader.read(token("one", FIRST), true).principal().name()).isEqualTo("jack");
    Eventually.holds("asked again", () -> measured("failed") == 1);
    assertThat(asked).hasValue(2);
    assertThat(measured("fetched")).isEqualTo(1);
    clock.advance(Duration.ofDays(1));
    assertThatThrownBy(() -> reader.read(token("one", FIRST), true))
        .isInstanceOf(KeysUnreachableException.class);
  }

  @Test
  void nonBlockingRead_withoutKeys_throwsAndFetchesInBackground() throws Exception {
    assertThatThrownBy(() -> reader.read(token("one", FIRST), false))
        .isInstanceOf(KeysUnreachableException.class);
    Eventually.holds("they are fetched meanwhile", () -> measured("fetched") == 1);
    assertThat(reader.read(token("one", FIRST), false).principal().name()).isEqualTo("jack");
  }

  @ParameterizedTest
  @ValueSource(ints = {302, 404, 204, 503})
  void responseOtherThan200_isNoKeySet(int other) {
    status = other;
    assertThatThrownBy(() -> reader.read(token("one", FIRST), true))
        .isInstanceOf(KeysUnreachableException.class);
    assertThat(asked).as("a redirection is not followed").hasValue(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "{}", "{\"keys\":[]}", "[[[[", "<html>"})
  void bodyWithoutKeys_isNoKeySet(String body) {
    published = body;
    assertThatThrownBy(() -> reader.read(token("one", FIRST), true))
        .isInstanceOf(KeysUnreachableException.class);
  }

  @Test
  void bodyOverOneMegabyte_isNoKeySet() {
    published = set(key("one", FIRST)) + " ".repeat(1_100_000);
    assertThatThrownBy(() -> reader.read(token("one", FIRST), true))
        .isInstanceOf(KeysUnreachableException.class);
  }

  @Test
  void publishedSymmetricKey_isNotUsed() {
    published =
        "{\"keys\":[{\"kty\":\"oct\",\"alg\":\"HS256\",\"kid\":\"s\",\"k\":\"%s\"},%s]}"
            .formatted(base64(Forge.SECRET), key("one", FIRST));
    var forged =
        Forge.hs256(
            "{\"alg\":\"HS256\",\"kid\":\"s\"}",
            "{\"sub\":\"jack\"}",
            Forge.SECRET.getBytes(UTF_8));
    assertThatThrownBy(() -> reader.read(forged, true)).isInstanceOf(BadTokenException.class);
  }

  @Test
  void keyForEncryption_isNotUsed() {
    published = set(key("one", FIRST).replace("\"sig\"", "\"enc\""));
    assertThatThrownBy(() -> reader.read(token("one", FIRST), true))
        .isInstanceOf(KeysUnreachableException.class);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"http://example.com/keys", "file:///etc/passwd", "ftp://127.0.0.1/", "/keys"})
  void unsafeKeySetUrl_throws(String uri) {
    assertThatIllegalArgumentException().isThrownBy(() -> jwt(URI.create(uri)));
  }

  private double measured(String result) {
    return reader
        .metrics()
        .filter(measure -> measure.labels().containsValue(result))
        .mapToDouble(Metric::value)
        .sum();
  }

  private static Jwt jwt(URI uri) {
    return new Jwt(
        Optional.empty(),
        List.of(),
        Optional.of(uri),
        Duration.ofMinutes(10),
        Optional.empty(),
        List.of(),
        false,
        Duration.ofSeconds(30),
        "sub");
  }

  private static String token(String kid, KeyPair pair) {
    return Forge.signed("SHA256withRSA", head(kid), "{\"sub\":\"jack\"}", pair.getPrivate());
  }

  private static String head(String kid) {
    return "{\"alg\":\"RS256\",\"kid\":\"" + kid + "\"}";
  }

  private static String set(String key) {
    return "{\"keys\":[" + key + "]}";
  }

  private static String key(String id, KeyPair pair) {
    var rsa = (RSAPublicKey) pair.getPublic();
    return "{\"kty\":\"RSA\",\"use\":\"sig\",\"kid\":\"%s\",\"e\":\"AQAB\",\"n\":\"%s\"}"
        .formatted(id, base64(rsa.getModulus().toByteArray()));
  }
}
