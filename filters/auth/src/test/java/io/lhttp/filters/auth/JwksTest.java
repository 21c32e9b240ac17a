package io.lhttp.filters.auth;

import static io.lhttp.filters.auth.Forge.base64;
import static io.lhttp.filters.auth.TestIssuer.set;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lhttp.testing.Eventually;
import io.lhttp.testing.ManualClock;
import java.io.IOException;
import java.net.URI;
import java.security.KeyPair;
import java.security.interfaces.RSAPublicKey;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The reader of a key set fetches an issuer's keys, renews them and rejects unusable sets. */
class JwksTest {
  private static final KeyPair FIRST = Forge.rsa(2048);
  private static final KeyPair SECOND = Forge.rsa(2048);

  private final ManualClock clock = new ManualClock();
  private TestIssuer issuer;
  private JwtReader reader;

  @BeforeEach
  void start() throws IOException {
    issuer = TestIssuer.start(set(key("one", FIRST)));
    reader = new JwtReader(issuer.jwt(), clock, clock::nanoTime);
  }

  @AfterEach
  void stop() {
    reader.close();
    issuer.close();
  }

  @Test
  void manyTokens_fetchKeysOnce() throws Exception {
    for (var i = 0; i < 5; i++) {
      assertThat(reader.read(token("one", FIRST), true).principal().name()).isEqualTo("jack");
    }
    assertThat(issuer.asked).hasValue(1);
  }

  @Test
  void rotatedKeys_acceptNewAndRejectOld() throws Exception {
    reader.read(token("one", FIRST), true);
    issuer.published = set(key("two", SECOND));
    clock.advance(Duration.ofSeconds(6));
    assertThat(reader.read(token("two", SECOND), true).principal().name()).isEqualTo("jack");
    assertThat(issuer.asked).hasValue(2);
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
    assertThat(issuer.asked).as("no more than one per pause").hasValue(1);
    clock.advance(Duration.ofSeconds(6));
    var foreign = token("foreign1", SECOND);
    for (var i = 0; i < 1_000; i++) {
      assertThatThrownBy(() -> reader.read(foreign, true)).isInstanceOf(BadTokenException.class);
    }
    assertThat(issuer.asked).as("the name is known to be foreign").hasValueLessThanOrEqualTo(2);
  }

  @Test
  void failedRefresh_keepsKeysUntilTheyExpire() throws Exception {
    reader.read(token("one", FIRST), true);
    clock.advance(Duration.ofMinutes(11));
    issuer.status = 500;
    assertThat(reader.read(token("one", FIRST), true).principal().name()).isEqualTo("jack");
    Eventually.holds("asked again", () -> measured("failed") == 1);
    assertThat(issuer.asked).hasValue(2);
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
    issuer.status = other;
    assertThatThrownBy(() -> reader.read(token("one", FIRST), true))
        .isInstanceOf(KeysUnreachableException.class);
    assertThat(issuer.asked).as("a redirection is not followed").hasValue(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "{}", "{\"keys\":[]}", "[[[[", "<html>"})
  void bodyWithoutKeys_isNoKeySet(String body) {
    issuer.published = body;
    assertThatThrownBy(() -> reader.read(token("one", FIRST), true))
        .isInstanceOf(KeysUnreachableException.class);
  }

  @Test
  void bodyOverOneMegabyte_isNoKeySet() {
    issuer.published = set(key("one", FIRST)) + " ".repeat(1_100_000);
    assertThatThrownBy(() -> reader.read(token("one", FIRST), true))
        .isInstanceOf(KeysUnreachableException.class);
  }

  @Test
  void publishedSymmetricKey_isNotUsed() {
    issuer.published =
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
    issuer.published = set(key("one", FIRST).replace("\"sig\"", "\"enc\""));
    assertThatThrownBy(() -> reader.read(token("one", FIRST), true))
        .isInstanceOf(KeysUnreachableException.class);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"http://example.com/keys", "file:///etc/passwd", "ftp://127.0.0.1/", "/keys"})
  void unsafeKeySetUrl_throws(String uri) {
    assertThatIllegalArgumentException().isThrownBy(() -> TestIssuer.jwt(URI.create(uri)));
  }

  private double measured(String result) {
    return TestIssuer.counted(reader.metrics(), result);
  }

  private static String token(String kid, KeyPair pair) {
    return Forge.signed("SHA256withRSA", head(kid), "{\"sub\":\"jack\"}", pair.getPrivate());
  }

  private static String head(String kid) {
    return "{\"alg\":\"RS256\",\"kid\":\"" + kid + "\"}";
  }

  private static String key(String id, KeyPair pair) {
    var rsa = (RSAPublicKey) pair.getPublic();
    return "{\"kty\":\"RSA\",\"use\":\"sig\",\"kid\":\"%s\",\"e\":\"AQAB\",\"n\":\"%s\"}"
        .formatted(id, base64(rsa.getModulus().toByteArray()));
  }
}
