package io.lhttp.app.settings;

import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.app.SettingsCheck;
import io.lhttp.filters.auth.AuthFilter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPairGenerator;
import java.security.PublicKey;
import java.util.Base64;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The settings of {@code auth} are read, and each wrong one is reported with its position. */
class AuthSettingsTest {
  private static final String SECRET = "0123456789abcdef0123456789abcdef";

  @TempDir private Path folder;

  @Test
  void settings_withEachKey_makeFilter() throws Exception {
    Files.writeString(folder.resolve("issuer.pem"), pem("EC", 256));
    var filter =
        written()
            .filter(
                """
                chain:
                  - auth:
                      jwt:
                        secret: ${JWT_SECRET}
                        keys:
                          - { id: inline, pem: "%s" }
                          - { id: in-a-file, file: issuer.pem }
                          - { id: shared, secret: "%s" }
                          - { pem: "%s", algorithm: PS512 }
                        jwks: https://issuer.example.com/keys
                        refresh: 5m
                        issuer: https://issuer.example.com
                        audience: [ chat, admin ]
                        require-expiry: true
                        skew: 5s
                        user: preferred_username
                        roles: https://example.com/roles
                        algorithm: PS256
                      api-keys:
                        backend: { key: a-key-of-16-chars, claims: { roles: [ admin ], tier: 3 } }
                        cron: { sha256: %s }
                      tokens: { bearer: true, subprotocol: false, message: true, cookie: session, query: token }
                      anonymous: false
                      grace: 10s
                      login: 5s
                      refusals: 3
                      permissions:
                        - { channel: "news", allow: [ subscribe ] }
                        - { channel: "user:${user}" }
                        - { channel: "room:${claims.rooms}", allow: [ subscribe, publish ] }
                        - { channel: "gold:*", role: member, claims: { tier: 3 } }
                """
                    .formatted(
                        pem("Ed25519", 255).replace("\n", "\\n"),
                        SECRET,
                        pem("RSA", 2048).replace("\n", "\\n"),
                        "0a".repeat(32)));

    assertThat(filter).isInstanceOf(AuthFilter.class);
    ((AuthFilter) filter).close();
  }

  /** A mark shows the place of the error; without one, the place is that of the whole value. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "jwt: ^{ secret: short } | auth.jwt: a secret for HS256 has at least 32 bytes, this one has"
            + " 5",
        "jwt: { ^secert: x } | unknown key 'auth.jwt.secert', did you mean 'secret'?",
        "jwt: ^[ a ] | auth.jwt: expected keys with values, not a list; the keys are secret, keys",
        "jwt: { keys: [ ^{ id: a } ] } | auth.jwt.keys[0]: expected one of secret, pem and file",
        "jwt: { keys: [ ^{ pem: nothing } ] } | auth.jwt.keys[0]: expected PEM: -----BEGIN PUBLIC"
            + " KEY----- and so on",
        "jwt: { keys: [ ^{ pem: RSA1024 } ] } | auth.jwt.keys[0]: an RSA key has at least 2048"
            + " bits, this one has 1024",
        "jwt: { keys: [ ^{ pem: X25519 } ] } | auth.jwt.keys[0]: expected a key of RSA, P-256, P-384,"
            + " P-521 or Ed25519",
        "jwt: { keys: [ ^{ pem: RSA2048, algorithm: RS1 } ] } | auth.jwt.keys[0]: expected an"
            + " algorithm of RSA, one of RS256, RS384, RS512, PS256, PS384, PS512, not RS1",
        "jwt: { keys: [ ^{ pem: P384, algorithm: PS256 } ] } | auth.jwt.keys[0]: the key is for ES384;"
            + " expected no algorithm beside it",
        "jwt: { keys: [ ^{ secret: 0123456789abcdef0123456789abcdef, algorithm: RS256 } ] } |"
            + " auth.jwt.keys[0]: a secret is for HS256; expected no algorithm beside it",
        "jwt: ^{ jwks: https://a.b/, algorithm: none } | auth.jwt: expected an algorithm of RSA, one"
            + " of RS256, RS384, RS512, PS256, PS384, PS512, not none",
        "jwt: { keys: [ { file: ^none.pem } ] } | auth.jwt.keys[0].file: no file that can be read:"
            + " none.pem",
        "jwt: { keys: [ { secret: ^'' } ] } | auth.jwt.keys[0].secret: expected a secret that is"
            + " not empty, or file:PATH, not ''",
        "jwt: ^{ jwks: http://issuer.example.com/ } | auth.jwt: expected a jwks of https, or of"
            + " http on this machine, not http://issuer.example.com/",
        "jwt: { jwks: ^[ ] } | auth.jwt.jwks: expected a URL, not a list",
        "jwt: ^{ jwks: https://a.b/, refresh: 1ms } | auth.jwt: expected a refresh of 1s at least,"
            + " not 0.001s",
        "jwt: { jwks: https://a.b/, refresh: ^often } | auth.jwt.refresh: expected a duration such"
            + " as 10s, 500ms or 2m, not 'often'",
        "jwt: ^{ jwks: https://a.b/, skew: 61s } | auth.jwt: expected a skew of 60s at most, not"
            + " 1m1s",
        "jwt: { jwks: https://a.b/, require-expiry: ^maybe } | auth.jwt.require-expiry: expected"
            + " true or false, not 'maybe'",
        "jwt: { jwks: https://a.b/, audience: ^chat } | auth.jwt.audience: expected a list, not"
            + " 'chat'",
        "jwt: { jwks: https://a.b/, roles: ^[ roles, scp ] } | auth.jwt.roles: expected a text, not a"
            + " list",
        "jwt: { jwks: https://a.b/, roles: ^'' } | auth.jwt.roles: expected the name of a claim such"
            + " as realm_access.roles, not ''",
        "jwt: ^{ jwks: https://a.b/, user: '' } | auth.jwt: expected a user such as sub, not an empty"
            + " text",
        "jwt: { jwks: https://a.b/, ^audiense: [] } | unknown key 'auth.jwt.audiense', did you mean"
            + " 'audience'?",
        "api-keys: { a: ^{ key: short } } | auth.api-keys.a: a key has at least 16 characters",
        "api-keys: { a: ^{ sha256: abc } } | auth.api-keys.a: a sha256 has 64 hexadecimal digits",
        "api-keys: { a: ^{ } } | auth.api-keys.a: expected either key or sha256",
        "api-keys: { a: { key: a-key-of-16-chars, ^claim: {} } } | unknown key"
            + " 'auth.api-keys.a.claim', did you mean 'claims'?",
        "api-keys: ^[ a ] | auth.api-keys: expected keys with values, not a list",
        "anonymous: true, tokens: { ^cookies: a } | unknown key 'auth.tokens.cookies', did you mean"
            + " 'cookie'?",
        "anonymous: true, tokens: { query: ^[ a ] } | auth.tokens.query: expected a text, not a"
            + " list",
        "anonymous: true, tokens: { subprotocol: ^x } | auth.tokens.subprotocol: expected true or"
            + " false, not 'x'",
        "anonymous: ^yes | auth.anonymous: expected true or false, not 'yes'",
        "anonymous: true, refusals: 0 | auth: expected refusals of 1 at least, not 0",
        "anonymous: true, login: ^soon | auth.login: expected a duration such as 10s, 500ms or 2m,"
            + " not 'soon'",
        "anonymous: true, permissions: [ ^{ allow: [ publish ] } ] | auth.permissions[0]: the key"
            + " 'channel' is missing",
        "anonymous: true, permissions: [ { channel: a, allow: [ ^publsh ] } ] |"
            + " auth.permissions[0].allow[0]: expected one of subscribe, publish, not 'publsh', did you mean 'publish'?",
        "anonymous: true, permissions: [ { channel: ^'a*b' } ] | auth.permissions[0].channel:"
            + " expected a * at the end of a channel's pattern only, not 'a*b'",
        "anonymous: true, permissions: [ { channel: ^'user:${usr}' } ] | the environment variable"
            + " usr is not set",
        "anonymous: true, permissions: [ { channel: a, ^rle: b } ] | unknown key"
            + " 'auth.permissions[0].rle', did you mean 'role'?",
        "^anonimous: true | unknown key 'auth.anonimous', did you mean 'anonymous'?",
      })
  void wrongSetting_isReportedWithPositionAndExpectation(String marked, String expected)
      throws Exception {
    var options =
        marked
            .replace("RSA1024", "\"" + pem("RSA", 1024).replace("\n", "\\n") + "\"")
            .replace("RSA2048", "\"" + pem("RSA", 2048).replace("\n", "\\n") + "\"")
            .replace("X25519", "\"" + pem("X25519", 255).replace("\n", "\\n") + "\"")
            .replace("P384", "\"" + pem("EC", 384).replace("\n", "\\n") + "\"");

    assertThat(written().problems("auth", options))
        .singleElement()
        .asString()
        .startsWith(SettingsCheck.place("auth", options) + expected);
  }

  @Test
  void settings_withoutAnyLogin_areRefused() throws IOException {
    assertThat(written().problems("chain:\n  - auth: { jwt: { issuer: me } }\n"))
        .containsExactly("lhttp.yaml:2:5: AuthFilter: expected a key in jwt: secret, keys or jwks");
    assertThat(written().problems("chain:\n  - auth\n"))
        .containsExactly(
            "lhttp.yaml:2:5: AuthFilter: expected who may connect: jwt, api-keys or anonymous:"
                + " true");
  }

  @Test
  void fileWithoutKey_isNamed() throws IOException {
    Files.writeString(folder.resolve("issuer.pem"), "-----BEGIN");
    assertThat(
            written().problems("chain:\n  - auth: { jwt: { keys: [ { file: issuer.pem } ] } }\n"))
        .containsExactly(
            "lhttp.yaml:2:5: AuthFilter: issuer.pem: expected PEM: -----BEGIN PUBLIC KEY----- and"
                + " so on");
  }

  @Test
  void error_hidesSecret() throws IOException {
    assertThat(written().report("chain:\n  - auth: { jwt: { secret: { a: hush-hush } } }\n"))
        .contains("auth.jwt.secret")
        .doesNotContain("hush-hush");
    assertThat(written().report("chain:\n  - auth: { api-keys: { a: { key: hush-hush } } }\n"))
        .doesNotContain("hush-hush");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "chain:\n  - auth: hush-hush\n",
        "chain:\n  - auth: { jwt: hush-hush }\n",
        "chain:\n  - auth: { jwt: { leeway: hush-hush } }\n",
        "chain:\n  - auth: { jwt: { secret hush-hush } }\n",
        "chain:\n  - auth: { jwt: { hush-hush: } }\n",
        "chain:\n  - auth: { api-keys: hush-hush }\n",
        "chain:\n  - auth: { api-keys: { jack: hush-hush } }\n",
        "chain:\n  - auth: { api-keys: { jack: [ hush-hush ] } }\n",
        "admin: { listen: hush-hush }\n",
        "broker: { nats: hush-hush }\n",
        "broker: { nats: { user: jack, password: [ hush-hush ] } }\n",
        "broker: { nats: { servers: [ 'nats://jack:hush-hush@host:port' ] } }\n",
      })
  void error_hidesMisplacedSecret(String text) throws IOException {
    assertThat(written().problems(text)).isNotEmpty();
    assertThat(written().report(text)).doesNotContain("hush");
  }

  private SettingsCheck written() {
    return new SettingsCheck(folder, Map.of("JWT_SECRET", SECRET));
  }

  private static String pem(String kind, int bits) throws Exception {
    var generator = KeyPairGenerator.getInstance(kind);
    generator.initialize(bits);
    PublicKey key = generator.generateKeyPair().getPublic();
    return "-----BEGIN PUBLIC KEY-----\n%s\n-----END PUBLIC KEY-----\n"
        .formatted(Base64.getEncoder().encodeToString(key.getEncoded()));
  }
}
