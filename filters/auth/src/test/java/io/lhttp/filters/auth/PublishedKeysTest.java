package io.lhttp.filters.auth;

import static io.lhttp.filters.auth.Forge.base64;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSObject;
import java.math.BigInteger;
import java.security.KeyPair;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.text.ParseException;
import java.util.Arrays;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The parser of a key set reads each key on its own, and each key verifies one algorithm. */
class PublishedKeysTest {
  private static final KeyPair RSA = Forge.rsa(2048);
  private static final KeyPair WEAK = Forge.rsa(1024);
  private static final KeyPair P256 = Forge.ec("secp256r1");
  private static final KeyPair P384 = Forge.ec("secp384r1");
  private static final KeyPair P521 = Forge.ec("secp521r1");
  private static final KeyPair ED = Forge.ed25519();

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"kty\":\"RSA\",\"kid\":\"bad\",\"n\":\"AQAB\"}",
        "{\"kty\":\"RSA\",\"kid\":\"bad\",\"n\":\"AQAB\",\"e\":\"AQAB\"}",
        "{\"kty\":\"EC\",\"kid\":\"bad\",\"crv\":\"P-999\",\"x\":\"AAAA\",\"y\":\"AAAA\"}",
        "{\"kty\":\"EC\",\"kid\":\"bad\",\"crv\":\"P-256\",\"x\":\"AAAA\",\"y\":\"AAAA\"}",
        "{\"kty\":\"EC\",\"kid\":\"bad\",\"crv\":\"secp256k1\",\"x\":\"AAAA\",\"y\":\"AAAA\"}",
        "{\"kty\":\"OKP\",\"kid\":\"bad\",\"crv\":\"X25519\",\"x\":\"AAAA\"}",
        "{\"kty\":\"OKP\",\"kid\":\"bad\",\"crv\":\"Ed25519\",\"x\":\"AAAA\"}",
        "{\"kty\":\"oct\",\"kid\":\"bad\",\"k\":\"MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY\"}",
        "{\"kty\":\"MAYO\",\"kid\":\"bad\",\"pub\":\"AAAA\"}",
        "{\"kid\":\"bad\"}",
        "{\"kty\":5}",
        "{}",
        "[]",
        "null",
        "7",
        "\"key\"",
        "NUMERIC_KID",
        "USE_ENC",
        "OPS_ENCRYPT",
        "OPS_AND_USE_DISAGREE",
        "ALG_UNKNOWN",
        "ALG_OF_ANOTHER_KIND",
        "ALG_HS256",
        "ALG_RSA_OAEP",
        "WEAK",
        "EXPONENT_ONE"
      })
  void unusableKey_isSkippedAndOthersCount(String bad) throws Exception {
    var key = written(bad);
    for (var set : new String[] {set(key, good()), set(good(), key), set(key, key, good(), key)}) {
      var keys = PublishedKeys.parse(set, Algorithm.RS256);
      assertThat(keys.usable().size()).isEqualTo(1);
      assertThat(keys.usable().names("good")).isTrue();
      assertThat(keys.skipped()).isNotEmpty().allMatch(reason -> reason.startsWith("keys["));
    }
  }

  private static String written(String bad) {
    var rsa = rsa("bad", RSA);
    return switch (bad) {
      case "NUMERIC_KID" -> rsa.replace("\"bad\"", "1");
      case "USE_ENC" -> rsa.replace("{", "{\"use\":\"enc\",");
      case "OPS_ENCRYPT" -> rsa.replace("{", "{\"key_ops\":[\"encrypt\"],");
      case "OPS_AND_USE_DISAGREE" ->
          rsa.replace("{", "{\"use\":\"sig\",\"key_ops\":[\"verify\",\"encrypt\"],");
      case "ALG_UNKNOWN" -> rsa.replace("{", "{\"alg\":\"ML-DSA-44\",");
      case "ALG_OF_ANOTHER_KIND" -> rsa.replace("{", "{\"alg\":\"ES256\",");
      case "ALG_HS256" -> rsa.replace("{", "{\"alg\":\"HS256\",");
      case "ALG_RSA_OAEP" -> rsa.replace("{", "{\"alg\":\"RSA-OAEP\",");
      case "WEAK" -> rsa("bad", WEAK);
      case "EXPONENT_ONE" -> rsa.replace("AQAB", "AQ");
      default -> bad;
    };
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "[]", "{}", "{\"keys\":{}}", "{\"keys\":7}", "{\"keys\":[", "<html>"})
  void malformedKeySet_throws(String json) {
    assertThatThrownBy(() -> PublishedKeys.parse(json, Algorithm.RS256))
        .isInstanceOf(ParseException.class);
  }

  @Test
  void keysBeyondHundredth_areUsable() throws Exception {
    var keys =
        IntStream.range(0, 300).mapToObj(i -> ed("k" + i, ED)).collect(Collectors.joining(","));
    var set = PublishedKeys.parse("{\"keys\":[" + keys + "]}", Algorithm.RS256);
    assertThat(set.usable().names("k299")).isTrue();
    assertThat(set.skipped()).isEmpty();
  }

  @Test
  void keysBeyondThousandth_areSkippedAndReported() throws Exception {
    var keys =
        IntStream.range(0, 1_003).mapToObj(i -> ed("k" + i, ED)).collect(Collectors.joining(","));
    var set = PublishedKeys.parse("{\"keys\":[" + keys + "]}", Algorithm.RS256);
    assertThat(set.usable().size()).isEqualTo(1_000);
    assertThat(set.skipped()).containsExactly("3 keys behind the first 1000");
  }

  @ParameterizedTest
  @CsvSource({
    "RS256, RS256",
    "RS384, RS384",
    "RS512, RS512",
    "PS256, PS256",
    "PS384, PS384",
    "PS512, PS512",
    "ES256, ES256",
    "ES384, ES384",
    "ES512, ES512",
    "EdDSA, EdDSA",
    "EdDSA, Ed25519",
    "Ed25519, EdDSA",
    "Ed25519, Ed25519",
  })
  void keyWithAlgorithm_verifiesThatAlgorithmAlone(String named, String used) throws Exception {
    var pair = pair(named);
    var keys =
        PublishedKeys.parse(
            set(jwk(pair).replace("{", "{\"alg\":\"%s\",".formatted(named))), Algorithm.RS256);
    assertThat(verifies(keys, used, pair)).isTrue();
    for (var other : new String[] {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512"}) {
      if (!other.equals(named) && pair == RSA) {
        assertThat(verifies(keys, other, pair)).as(other).isFalse();
      }
    }
    assertThat(keys.usable().matching(JWSHeader.parse("{\"alg\":\"HS256\"}"))).isEmpty();
  }

  /** Members that the filter does not know are ignored (RFC 7517, section 4). */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "\"x5c\":\"AAAA\"",
        "\"x5c\":[\"AAAA\"]",
        "\"x5c\":[]",
        "\"x5t\":7",
        "\"x5u\":\"no address: %%\"",
        "\"iat\":\"today\"",
        "\"exp\":1.5e9",
        "\"nbf\":null",
        "\"issuer\":\"x\",\"more\":{\"a\":[1]}"
      })
  void unknownKeyFields_areIgnored(String more) throws Exception {
    var keys = PublishedKeys.parse(set(jwk(RSA).replace("{", "{" + more + ",")), Algorithm.RS256);
    assertThat(keys.skipped()).isEmpty();
    assertThat(verifies(keys, "RS256", RSA)).isTrue();
  }

  @ParameterizedTest
  @CsvSource({"RS256, RS256", "PS384, PS384", "RS512, RS512"})
  void rsaKeyWithoutAlgorithm_verifiesConfiguredOne(String configured, String used)
      throws Exception {
    var keys = PublishedKeys.parse(set(jwk(RSA)), Algorithm.ofRsa(configured));
    assertThat(verifies(keys, used, RSA)).isTrue();
    assertThat(verifies(keys, used.equals("RS256") ? "PS256" : "RS256", RSA)).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"any", "", "another"})
  void keyWithoutId_isTriedForAnyToken(String kid) throws Exception {
    var nameless = jwk(RSA).replace("\"kid\":\"k\",", "");
    var keys = PublishedKeys.parse(set(nameless, ed("any", ED)), Algorithm.RS256);
    assertThat(
            keys.usable()
                .matching(JWSHeader.parse("{\"alg\":\"RS256\",\"kid\":\"%s\"}".formatted(kid))))
        .hasSize(1);
    assertThat(keys.usable().matching(JWSHeader.parse("{\"alg\":\"EdDSA\",\"kid\":\"other\"}")))
        .isEmpty();
  }

  @Test
  void keyWithMatchingId_isTriedFirst() throws Exception {
    var nameless = ed("x", ED).replace("\"kid\":\"x\",", "");
    var keys = PublishedKeys.parse(set(nameless, ed("b", Forge.ed25519())), Algorithm.RS256);
    assertThat(keys.usable().matching(JWSHeader.parse("{\"alg\":\"EdDSA\",\"kid\":\"b\"}")))
        .extracting(key -> key.id().orElse("-"))
        .containsExactly("b", "-");
  }

  private static boolean verifies(PublishedKeys keys, String algorithm, KeyPair pair)
      throws Exception {
    var head = "{\"alg\":\"%s\",\"kid\":\"k\"}".formatted(algorithm);
    var jws = JWSObject.parse(Forge.signedAs(algorithm, head, "{}", pair.getPrivate()));
    for (var key : keys.usable().matching(jws.getHeader())) {
      if (jws.verify(key.verifier())) {
        return true;
      }
    }
    return false;
  }

  private static KeyPair pair(String algorithm) {
    return switch (algorithm) {
      case "ES256" -> P256;
      case "ES384" -> P384;
      case "ES512" -> P521;
      case "EdDSA", "Ed25519" -> ED;
      default -> RSA;
    };
  }

  private static String jwk(KeyPair pair) {
    return switch (pair.getPublic()) {
      case RSAPublicKey _ -> rsa("k", pair);
      case ECPublicKey ec -> ec("k", ec);
      default -> ed("k", pair);
    };
  }

  private static String good() {
    return rsa("good", RSA);
  }

  private static String set(String... keys) {
    return "{\"keys\":[" + String.join(",", keys) + "]}";
  }

  static String rsa(String id, KeyPair pair) {
    var rsa = (RSAPublicKey) pair.getPublic();
    return "{\"kty\":\"RSA\",\"kid\":\"%s\",\"e\":\"AQAB\",\"n\":\"%s\"}"
        .formatted(id, base64(rsa.getModulus().toByteArray()));
  }

  static String ed(String id, KeyPair pair) {
    var encoded = pair.getPublic().getEncoded();
    var x = Arrays.copyOfRange(encoded, encoded.length - 32, encoded.length);
    return "{\"kty\":\"OKP\",\"kid\":\"%s\",\"crv\":\"Ed25519\",\"x\":\"%s\"}"
        .formatted(id, base64(x));
  }

  private static String ec(String id, ECPublicKey key) {
    var size = (key.getParams().getCurve().getField().getFieldSize() + 7) / 8;
    var curve = size == 66 ? "P-521" : "P-" + size * 8;
    return "{\"kty\":\"EC\",\"kid\":\"%s\",\"crv\":\"%s\",\"x\":\"%s\",\"y\":\"%s\"}"
        .formatted(
            id,
            curve,
            base64(padded(key.getW().getAffineX(), size)),
            base64(padded(key.getW().getAffineY(), size)));
  }

  private static byte[] padded(BigInteger number, int size) {
    var bytes = number.toByteArray();
    var padded = new byte[size];
    var from = Math.max(0, bytes.length - size);
    System.arraycopy(bytes, from, padded, size - (bytes.length - from), bytes.length - from);
    return padded;
  }
}
