package io.lhttp.filters.auth;

import static io.lhttp.filters.auth.Forge.SECRET;
import static io.lhttp.filters.auth.Forge.base64;
import static io.lhttp.filters.auth.Forge.hs256;
import static io.lhttp.filters.auth.Forge.signed;
import static io.lhttp.filters.auth.Forge.signedAs;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.Outcome;
import io.lhttp.Secrets;
import io.lhttp.filters.auth.AuthOptions.Jwt;
import io.lhttp.message.Message;
import io.lhttp.testing.ManualClock;
import io.lhttp.testing.TestChain;
import java.security.KeyPair;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The filter {@code auth} refuses each forged, expired or foreign token with 401 and keeps the
 * connection's principal.
 */
class ForgedTokensTest {
  private static final KeyPair RSA = Forge.rsa(2048);
  private static final KeyPair EC = Forge.ec();
  private static final KeyPair ED = Forge.ed25519();
  private static final KeyPair STRANGER = Forge.rsa(2048);
  private static final byte[] KEY = SECRET.getBytes(UTF_8);
  private static final ManualClock CLOCK = new ManualClock();
  private static final long NOW = 1_767_225_600L; // the time at which a manual clock begins
  private static final String GOOD = claims("\"exp\":" + (NOW + 60));
  private static final String HS = "{\"alg\":\"HS256\"}";

  private static final Jwt JWT =
      new Jwt(
          Optional.of(Secrets.of(SECRET)),
          List.of(
              AuthOptions.Key.pem("rsa", Forge.pem(RSA.getPublic())),
              AuthOptions.Key.pem("ec", Forge.pem(EC.getPublic())),
              AuthOptions.Key.pem("ed", Forge.pem(ED.getPublic()))),
          Optional.empty(),
          Duration.ofMinutes(10),
          Optional.of("issuer"),
          List.of("lhttp", "other"),
          true,
          Duration.ofSeconds(30),
          "sub");

  private static String claims(String more) {
    return "{\"sub\":\"jack\",\"iss\":\"issuer\",\"aud\":\"lhttp\""
        + (more.isEmpty() ? "" : ",")
        + more
        + "}";
  }

  static Stream<String> good() {
    var inTime = claims("\"exp\":" + (NOW - 29) + ",\"nbf\":" + (NOW + 29));
    var listed = GOOD.replace("\"lhttp\"", "[\"x\",\"other\"]");
    return Stream.of(
        hs256(HS, GOOD, KEY),
        hs256("{\"alg\":\"HS256\",\"typ\":\"JWT\"}", inTime, KEY),
        hs256(HS, listed, KEY),
        signed("SHA256withRSA", head("RS256", "rsa"), GOOD, RSA.getPrivate()),
        signed("SHA256withRSA", "{\"alg\":\"RS256\"}", GOOD, RSA.getPrivate()),
        signed("SHA256withECDSAinP1363Format", head("ES256", "ec"), GOOD, EC.getPrivate()),
        signed("Ed25519", head("EdDSA", "ed"), GOOD, ED.getPrivate()),
        signed("Ed25519", head("Ed25519", "ed"), GOOD, ED.getPrivate()),
        hs256(head("HS256", "any, as our secret has no name"), GOOD, KEY));
  }

  /**
   * Headers with members that the filter does not know, as issuers send them; it ignores these
   * members.
   */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "\"x5t\":\"dGVzdA\"",
        "\"x5t#S256\":\"dGVzdA\"",
        "\"cty\":\"json\"",
        "\"nonce\":\"AQABAAAAAAD\"",
        "\"typ\":\"JOSE\"",
        "\"typ\":\"at+JWT\"",
        "\"typ\":\"application/jwt\"",
        "\"ver\":2,\"more\":{\"a\":[1]}",
        "\"x5c\":[\"AAAA\"]",
        "\"jku\":\"http://127.0.0.1:1/\"",
        "\"x5u\":\"http://127.0.0.1:1/\"",
        "\"x5u\":\"no address: %%\"",
        "\"jku\":7",
        "\"x5c\":\"AAAA\"",
        "\"x5c\":[1,null]",
        "\"x5t\":7",
        "\"x5t#S256\":null",
        "\"cty\":{}",
        "\"jwk\":{\"kty\":\"MAYO\"}",
        "\"jwk\":7",
        "\"kid\":null",
        "\"typ\":null",
        "\"zip\":\"DEF\"",
        "\"epk\":{}",
        "\"iss\":\"x\",\"exp\":1,\"sub\":\"root\""
      })
  void unknownJwtHeaderFields_areIgnored(String more) {
    try (var chain = chain()) {
      var connection = chain.connect("c");
      var token = hs256("{\"alg\":\"HS256\"," + more + "}", GOOD, KEY);
      assertThat(chain.send(connection, with(token)).outcome()).isEqualTo(Outcome.done());
    }
  }

  @ParameterizedTest
  @CsvSource({"1,1", "-7,-7", "9223372036854775807,9223372036854775807", "0,0"})
  void numericSubject_becomesUserName(String written, String name) {
    try (var chain = chain()) {
      var connection = chain.connect("c");
      chain.send(connection, with(hs256(HS, GOOD.replace("\"jack\"", written), KEY)));
      assertThat(connection.principal().name()).isEqualTo(name);
    }
  }

  @ParameterizedTest
  @MethodSource("good")
  void genuineToken_authenticatesJack(String token) {
    try (var chain = chain()) {
      var connection = chain.connect("c");
      assertThat(chain.send(connection, with(token)).outcome()).isEqualTo(Outcome.done());
      assertThat(connection.principal().name()).isEqualTo("jack");
      assertThat(connection.principal().claims()).containsEntry("iss", "issuer");
    }
  }

  static Stream<Map.Entry<String, String>> forged() {
    var tokens = new LinkedHashMap<String, String>();
    var token = hs256(HS, GOOD, KEY);
    var parts = token.split("\\.", -1);
    var rsaPublic = RSA.getPublic();
    tokens.put("alg none, no signature", base64("{\"alg\":\"none\"}") + "." + parts[1] + ".");
    tokens.put(
        "alg None with a signature",
        base64("{\"alg\":\"None\"}") + "." + parts[1] + "." + parts[2]);
    tokens.put("alg NONE", hs256("{\"alg\":\"NONE\"}", GOOD, KEY));
    tokens.put("no alg", hs256("{\"typ\":\"JWT\"}", GOOD, KEY));
    tokens.put("alg in lower case", hs256("{\"alg\":\"hs256\"}", GOOD, KEY));
    tokens.put("alg is a list", hs256("{\"alg\":[\"HS256\"]}", GOOD, KEY));
    tokens.put(
        "alg twice",
        hs256("{\"alg\":\"none\",\"alg\":\"HS256\"}", GOOD, "x".repeat(32).getBytes(UTF_8)));
    tokens.put("alg HS512 with our secret", hs256("{\"alg\":\"HS512\"}", GOOD, KEY));
    tokens.put("signed by another secret", hs256(HS, GOOD, "x".repeat(32).getBytes(UTF_8)));
    tokens.put("signed by an empty key's bytes", hs256(HS, GOOD, new byte[1]));
    tokens.put(
        "confusion: RSA's PEM as secret", hs256(HS, GOOD, Forge.pem(rsaPublic).getBytes(UTF_8)));
    tokens.put("confusion: RSA's DER as secret", hs256(HS, GOOD, rsaPublic.getEncoded()));
    tokens.put(
        "confusion: its kid with HS256", hs256(head("HS256", "rsa"), GOOD, rsaPublic.getEncoded()));
    tokens.put(
        "confusion: EC's DER as secret",
        hs256(head("HS256", "ec"), GOOD, EC.getPublic().getEncoded()));
    tokens.put(
        "kid of another algorithm's key",
        signed("SHA256withRSA", head("RS256", "ec"), GOOD, RSA.getPrivate()));
    for (var kid : List.of("foreign", "../../dev/null", "x' or '1'='1", "", "ec", "ed")) {
      tokens.put(
          "another's kid: " + kid,
          signed("SHA256withRSA", head("RS256", kid), GOOD, RSA.getPrivate()));
    }
    tokens.put("kid of a zeroed key", hs256(head("HS256", "/dev/null"), GOOD, new byte[32]));
    tokens.put("kid is a number", hs256("{\"alg\":\"HS256\",\"kid\":1}", GOOD, KEY));
    for (var from : List.of("jku", "x5u")) {
      tokens.put(
          from + " of a stranger",
          signed(
              "SHA256withRSA",
              "{\"alg\":\"RS256\",\"%s\":\"http://127.0.0.1:1/\"}".formatted(from),
              GOOD,
              STRANGER.getPrivate()));
    }
    tokens.put("jwk of its own", signed("SHA256withRSA", ownKey(), GOOD, STRANGER.getPrivate()));
    for (var algorithm : List.of("RS384", "RS512", "PS256", "PS384", "PS512")) {
      tokens.put(
          algorithm + " by a key for RS256",
          signedAs(algorithm, head(algorithm, "rsa"), GOOD, RSA.getPrivate()));
    }
    tokens.put("ES384 by a key for ES256", es384ByAnotherCurve());
    tokens.put("ES512 with a P-256 key's kid", es512ByAnotherCurve());
    tokens.put("Ed448", signed("Ed25519", head("Ed448", "ed"), GOOD, ED.getPrivate()));
    tokens.put(
        "EdDSA by an EC key's kid", signed("Ed25519", head("EdDSA", "ec"), GOOD, ED.getPrivate()));
    tokens.put("HS256 with Ed25519's 32 bytes", hs256(HS, GOOD, edBytes()));
    tokens.put(
        "crit names what we know", hs256("{\"alg\":\"HS256\",\"crit\":[\"alg\"]}", GOOD, KEY));
    tokens.put("crit is empty", hs256("{\"alg\":\"HS256\",\"crit\":[]}", GOOD, KEY));
    tokens.put("b64 false alone", hs256("{\"alg\":\"HS256\",\"b64\":false}", GOOD, KEY));
    tokens.put("typ of a proof", hs256("{\"alg\":\"HS256\",\"typ\":\"dpop+jwt\"}", GOOD, KEY));
    tokens.put("typ of a logout", hs256("{\"alg\":\"HS256\",\"typ\":\"logout+JWT\"}", GOOD, KEY));
    tokens.put("crit", hs256("{\"alg\":\"HS256\",\"crit\":[\"exp\"],\"exp\":1}", GOOD, KEY));
    tokens.put(
        "b64 false", hs256("{\"alg\":\"HS256\",\"b64\":false,\"crit\":[\"b64\"]}", GOOD, KEY));
    tokens.put(
        "typ of something else", hs256("{\"alg\":\"HS256\",\"typ\":\"secevent+jwt\"}", GOOD, KEY));
    tokens.put(
        "stranger's RSA",
        signed("SHA256withRSA", head("RS256", "rsa"), GOOD, STRANGER.getPrivate()));
    tokens.put(
        "stranger's Ed25519",
        signed("Ed25519", head("EdDSA", "ed"), GOOD, Forge.ed25519().getPrivate()));
    tokens.put("psychic signature of zeros", signature(head("ES256", "ec"), new byte[64]));
    tokens.put(
        "ECDSA as DER", signed("SHA256withECDSA", head("ES256", "ec"), GOOD, EC.getPrivate()));
    tokens.put("Ed25519 signature of zeros", signature(head("EdDSA", "ed"), new byte[64]));
    tokens.put("Ed25519 signature too short", signature(head("EdDSA", "ed"), new byte[3]));
    tokens.put(
        "another payload", parts[0] + "." + base64(GOOD.replace("jack", "mike")) + "." + parts[2]);
    tokens.put("signature cut off", parts[0] + "." + parts[1] + ".");
    tokens.put("signature shortened", token.substring(0, token.length() - 4));
    tokens.put("two parts", parts[0] + "." + parts[1]);
    tokens.put("encrypted, five parts", token + ".AAAA.AAAA");
    tokens.put("characters that base64 skips", token + "!");
    tokens.put("padding", token + "=");
    tokens.put("no JSON in the head", base64("alg") + "." + parts[1] + "." + parts[2]);
    tokens.put(
        "head nested 3,000 deep",
        base64("{\"alg\":\"HS256\",\"typ\":" + "[".repeat(3000)) + "." + parts[1] + "." + parts[2]);
    tokens.put("payload nested 2,000 deep", hs256(HS, "{\"sub\":" + "[".repeat(2000), KEY));
    tokens.put("payload is a list", hs256(HS, "[1]", KEY));
    tokens.put("too long", token + "A".repeat(16_384));
    tokens.put("expired", hs256(HS, claims("\"exp\":" + (NOW - 30)), KEY));
    tokens.put("exp is a text", hs256(HS, claims("\"exp\":\"" + (NOW + 60) + "\""), KEY));
    tokens.put("exp overflows", hs256(HS, claims("\"exp\":1e300"), KEY));
    tokens.put("exp below zero", hs256(HS, claims("\"exp\":-1"), KEY));
    tokens.put("exp is null", hs256(HS, claims("\"exp\":null"), KEY));
    tokens.put("no exp", hs256(HS, claims(""), KEY));
    tokens.put(
        "not valid yet",
        hs256(HS, claims("\"exp\":" + (NOW + 60) + ",\"nbf\":" + (NOW + 31)), KEY));
    tokens.put("another issuer", hs256(HS, GOOD.replace("\"issuer\"", "\"issuer.evil\""), KEY));
    tokens.put("no issuer", hs256(HS, GOOD.replace("\"iss\":\"issuer\",", ""), KEY));
    tokens.put("another audience", hs256(HS, GOOD.replace("\"lhttp\"", "\"lhttp2\""), KEY));
    tokens.put("no audience", hs256(HS, GOOD.replace(",\"aud\":\"lhttp\"", ""), KEY));
    tokens.put("no user", hs256(HS, GOOD.replace("\"sub\":\"jack\",", ""), KEY));
    for (var user :
        List.of(
            "1.5",
            "1e3",
            "12345678901234567890",
            "true",
            "[\"jack\"]",
            "{}",
            "null",
            "\" \"",
            "\"a\\nb\"",
            "\"\\ud800\"")) {
      tokens.put("the user is " + user, hs256(HS, GOOD.replace("\"jack\"", user), KEY));
    }
    tokens.put(
        "a claim nested 900 deep and no end",
        hs256(HS, "{\"sub\":\"jack\",\"a\":" + "[".repeat(900), KEY));
    tokens.put("the user is empty", hs256(HS, GOOD.replace("\"jack\"", "\"\""), KEY));
    tokens.put("nothing", "Bearer");
    tokens.put("the secret itself", SECRET);
    return tokens.entrySet().stream();
  }

  @ParameterizedTest
  @MethodSource("forged")
  void forgedToken_isRefusedAndStaysAnonymous(Map.Entry<String, String> forged) {
    try (var chain = chain()) {
      var connection = chain.connect("c");
      var result = chain.send(connection, with(forged.getValue()));
      assertThat(result.outcome()).isEqualTo(Outcome.refused(401, "bad token"));
      assertThat(connection.principal().anonymous()).isTrue();
      assertThat(chain.send(connection, Message.of("echo", "")).outcome())
          .isEqualTo(Outcome.refused(401, "a token is needed"));
    }
  }

  @Test
  void forgedTokens_areFortyAtLeast() {
    assertThat(forged().count()).isGreaterThanOrEqualTo(40);
  }

  @Test
  void forgedToken_afterGoodToken_keepsPrincipal() {
    try (var chain = chain()) {
      var connection = chain.connect("c");
      chain.send(connection, with(hs256(HS, GOOD, KEY)));
      forged().limit(9).forEach(forged -> chain.send(connection, with(forged.getValue())));
      assertThat(connection.principal().name()).isEqualTo("jack");
      assertThat(chain.send(connection, Message.of("echo", "")).outcome())
          .isEqualTo(Outcome.done());
    }
  }

  static Message with(String token) {
    return Message.builder("echo").header("authorization", "Bearer " + token).build();
  }

  private static TestChain chain() {
    return TestChain.builder()
        .filter("auth", new AuthFilter(AuthOptions.of(JWT), CLOCK, CLOCK::nanoTime))
        .processor("echo", exchange -> exchange.send(""))
        .build();
  }

  private static String head(String algorithm, String kid) {
    return "{\"alg\":\"" + algorithm + "\",\"kid\":\"" + kid + "\"}";
  }

  private static String signature(String head, byte[] signature) {
    return base64(head) + "." + base64(GOOD) + "." + base64(signature);
  }

  private static String es384ByAnotherCurve() {
    return signedAs("ES384", head("ES384", "ec"), GOOD, Forge.ec("secp384r1").getPrivate());
  }

  private static String es512ByAnotherCurve() {
    return signedAs("ES512", head("ES512", "ec"), GOOD, Forge.ec("secp521r1").getPrivate());
  }

  private static byte[] edBytes() {
    var encoded = ED.getPublic().getEncoded();
    return Arrays.copyOfRange(encoded, encoded.length - 32, encoded.length);
  }

  private static String ownKey() {
    var key = (java.security.interfaces.RSAPublicKey) STRANGER.getPublic();
    return "{\"alg\":\"RS256\",\"jwk\":{\"kty\":\"RSA\",\"e\":\"%s\",\"n\":\"%s\"}}"
        .formatted(
            base64(key.getPublicExponent().toByteArray()), base64(key.getModulus().toByteArray()));
  }
}
