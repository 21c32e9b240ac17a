package io.lhttp.app.howto;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.lhttp.app.Processes;
import io.lhttp.fixture.HowToPage;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.security.interfaces.RSAPublicKey;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The real {@code auth} filter, configured exactly as on the page, accepts and refuses tokens of
 * the form that each provider documents. {@code lhttp test} runs the messages, and answers the
 * requests for the provider's keys.
 */
class IdentityProvidersTest {
  private static final HowToPage page = new HowToPage("identity-providers.md");
  private static final ObjectMapper json = new ObjectMapper();

  /** The time of the tests of {@code lhttp test}. */
  private static final long NOW = Instant.parse("2026-01-01T00:00:00Z").getEpochSecond();

  @SuppressWarnings("NullAway.Init") // made before all tests
  private static KeyPair keys;

  @SuppressWarnings("NullAway.Init") // made before all tests
  private static KeyPair others;

  private final List<String> tests = new ArrayList<>();

  @TempDir private Path folder;

  @BeforeAll
  static void makeKeys() throws GeneralSecurityException {
    var generator = KeyPairGenerator.getInstance("RSA");
    generator.initialize(2048);
    keys = generator.generateKeyPair();
    others = generator.generateKeyPair();
  }

  @Test
  void keycloak_tokensOfRealm_areAccepted() throws Exception {
    var claims =
        claims(
            "{'exp':%EXP%,'iat':%IAT%,'jti':'onrtac:7c8a','typ':'Bearer','azp':'web','sid':'f0e1',"
                + "'iss':'https://id.example.com/realms/chat','sub':'6a1f2b4c-0d0e-4c8a-9f10-aa','acr':'1',"
                + "'aud':['lhttp','account'],'allowed-origins':['https://app.example'],"
                + "'realm_access':{'roles':['editor','offline_access']},"
                + "'resource_access':{'account':{'roles':['view-profile']}},'scope':'openid profile',"
                + "'email_verified':true,'name':'Mia M','preferred_username':'mia'}");
    var head = "{'alg':'RS256','typ':'JWT','kid':'one'}";

    expect("good", token(head, claims), "subscribe:news", null);
    expect("editor publishes", token(head, claims), "publish:news", null);
    var reader = with(claims, "realm_access", Map.of("roles", List.of("reader")));
    expect("no editor", token(head, reader), "publish:news", 403);
    expect("own claim roles", token(head, with(reader, "roles", "editor")), "publish:news", 403);
    expect("no roles", token(head, without(claims, "realm_access")), "publish:news", 403);
    expect(
        "bad roles",
        token(head, with(claims, "realm_access", Map.of("roles", 7))),
        "subscribe:news",
        401);
    expect("own channel", token(head, claims), "subscribe:user:mia", null);
    expect("other's channel", token(head, claims), "subscribe:user:tom", 403);
    expect("new realm", token(head, with(claims, "aud", "account")), "subscribe:news", 401);
    expect("no audience", token(head, without(claims, "aud")), "subscribe:news", 401);
    expect("ID token", token(head, with(claims, "aud", "web")), "subscribe:news", 401);
    expectCommonRefusals(head, claims, "https://id.example.com/realms/master");
    run(
        "id.example.com",
        "https://id.example.com/realms/chat/protocol/openid-connect/certs",
        List.of(
            jwk(keys, Map.of("kid", "one", "alg", "RS256", "use", "sig", "x5c", List.of("MIIC"))),
            jwk(others, Map.of("kid", "two", "alg", "RSA-OAEP", "use", "enc"))));
  }

  @Test
  void auth0_tokensOfApi_areAccepted() throws Exception {
    var claims =
        claims(
            "{'iss':'https://example.eu.auth0.com/','sub':'auth0|123456','azp':'my_client_id',"
                + "'aud':['https://lhttp.example.com','https://example.eu.auth0.com/userinfo'],"
                + "'exp':%EXP%,'iat':%IAT%,'scope':'openid profile publish:news',"
                + "'permissions':['publish:news','read:news']}");
    var head = "{'alg':'RS256','typ':'JWT','kid':'one'}";
    var rfc9068 =
        with(with(without(claims, "azp"), "client_id", "my_client_id"), "jti", "73WakrfVbNJB");

    expect("good", token(head, claims), "subscribe:news", null);
    expect("RFC 9068", token(head.replace("JWT", "at+jwt"), rfc9068), "publish:news", null);
    expect("permission", token(head, claims), "publish:news", null);
    expect(
        "no permission", token(head, with(claims, "permissions", List.of())), "publish:news", 403);
    expect("no RBAC", token(head, without(claims, "permissions")), "publish:news", 403);
    var roles = with(without(claims, "permissions"), "https://lhttp.example.com/roles", "editor");
    expect("role", token(head, roles), "publish:news", null);
    expect("own channel", token(head, claims), "subscribe:user:auth0|123456", null);
    expect("opaque token", "Zk3uP1opaque", "subscribe:news", 401);
    expect(
        "for userinfo alone",
        token(head, with(claims, "aud", "https://example.eu.auth0.com/userinfo")),
        "subscribe:news",
        401);
    expectCommonRefusals(head, claims, "https://example.eu.auth0.com");
    run(
        "auth0",
        "https://example.eu.auth0.com/.well-known/jwks.json",
        List.of(
            jwk(keys, Map.of("kid", "one", "alg", "RS256", "use", "sig", "x5t", "abc")),
            jwk(others, Map.of("kid", "next", "alg", "RS256", "use", "sig"))));
  }

  @Test
  void entraId_tokensOfVersion2_areAccepted() throws Exception {
    var tenant = "11111111-2222-3333-4444-555555555555";
    var oid = "690222be-ff1a-4d56-abd1-7e4f7d38e474";
    var claims =
        claims(
            "{'aud':'66666666-7777-8888-9999-000000000000','iss':'https://login.microsoftonline.com/"
                + tenant
                + "/v2.0','iat':%IAT%,'nbf':%IAT%,'exp':%EXP%,'aio':'AXQAi','azp':'6e74172b',"
                + "'azpacr':'0','name':'Mia','oid':'"
                + oid
                + "','preferred_username':'mia@example.com','rh':'I','roles':['News.Publish'],"
                + "'scp':'chat','sub':'HKZpfaHyWadeOouYlitjrI','tid':'"
                + tenant
                + "','uti':'fqiBqXLPj0eQa82S','ver':'2.0'}");
    var head = "{'typ':'JWT','alg':'RS256','kid':'one'}";
    var version1 = with(claims, "iss", "https://sts.windows.net/" + tenant + "/");

    expect("good", token(head, claims), "subscribe:news", null);
    expect("app role", token(head, claims), "publish:news", null);
    expect("no app role", token(head, without(claims, "roles")), "publish:news", 403);
    expect("own channel", token(head, claims), "subscribe:user:" + oid, null);
    expect("version 1.0", token(head, with(version1, "ver", "1.0")), "subscribe:news", 401);
    expect(
        "URI as audience",
        token(head, with(claims, "aud", "api://66666666-7777-8888-9999-000000000000")),
        "subscribe:news",
        401);
    expect("without oid", token(head, without(claims, "oid")), "subscribe:news", 401);
    expect("scope is no role", token(head, with(claims, "roles", "chat")), "publish:news", 403);
    expectCommonRefusals(head, claims, "https://login.microsoftonline.com/other/v2.0");
    run(
        "microsoftonline",
        "https://login.microsoftonline.com/" + tenant + "/discovery/v2.0/keys",
        List.of(
            jwk(
                keys,
                Map.of(
                    "kid",
                    "one",
                    "use",
                    "sig",
                    "x5t",
                    "one",
                    "x5c",
                    List.of("MIID"),
                    "issuer",
                    "https://login.microsoftonline.com/" + tenant + "/v2.0")),
            jwk(others, Map.of("kid", "two", "use", "sig"))));
  }

  private void expectCommonRefusals(String head, Map<String, Object> claims, String otherIssuer)
      throws Exception {
    expect("other issuer", token(head, with(claims, "iss", otherIssuer)), "subscribe:news", 401);
    expect("expired", token(head, with(claims, "exp", NOW - 60)), "subscribe:news", 401);
    expect("without expiry", token(head, without(claims, "exp")), "subscribe:news", 401);
    expect("other's signature", token(head, claims, others), "subscribe:news", 401);
    expect("unknown key", token(head.replace("one", "none"), claims), "subscribe:news", 401);
    expect("unsigned", token(head.replace("RS256", "none"), claims), "subscribe:news", 401);
  }

  /** Adds a message with this token and this header, and its refusal; null if it is accepted. */
  private void expect(String name, String token, String header, @Nullable Integer status)
      throws JsonProcessingException {
    var channel = header.split(":", 2);
    tests.add(
        """
        test(%s, () => {
          http.answer("GET " + jwks.url, { body: jwks.keys });
          const sent = connect({}).send({ command: "say", headers: { authorization: %s, %s: %s } });
          equal(sent.refused?.status ?? null, %s);
        });
        """
            .formatted(
                json.writeValueAsString(name),
                json.writeValueAsString("Bearer " + token),
                channel[0],
                json.writeValueAsString(channel[1]),
                status));
  }

  /** Runs the expectations with the page's block that contains these words. */
  private void run(String words, String url, List<Map<String, Object>> published) throws Exception {
    var settings = page.block("yaml", words);
    assertThat(settings).contains("jwks: " + url + "\n");
    Files.writeString(folder.resolve("lhttp.yaml"), settings);
    Files.createDirectory(folder.resolve("processors"));
    Files.writeString(folder.resolve("processors/say.js"), "export function onMessage() {}\n");
    Files.createDirectory(folder.resolve("tests"));
    Files.writeString(
        folder.resolve("tests/tokens.test.js"),
        "import { connect, equal, http, test } from \"lhttp:test\";\nconst jwks = { url: \""
            + url
            + "\", keys: "
            + json.writeValueAsString(json.writeValueAsString(Map.of("keys", published)))
            + " };\n"
            + String.join("", tests));
    try (var processes = new Processes()) {
      var command = Processes.command(List.of("test", folder.toString(), "--tap"));
      var run = processes.start(new ProcessBuilder(command).redirectErrorStream(true));
      var output = new String(run.getInputStream().readAllBytes(), UTF_8);

      assertThat(Processes.exitCode(run)).as(output).isZero();
      assertThat(output.lines().filter(line -> line.startsWith("ok "))).hasSameSizeAs(tests);
    }
  }

  private static Map<String, Object> claims(String text) throws JsonProcessingException {
    var times =
        text.replace("%EXP%", Long.toString(NOW + 300)).replace("%IAT%", Long.toString(NOW - 30));
    var claims = new TreeMap<String, Object>();
    json.readTree(times.replace('\'', '"'))
        .properties()
        .forEach(claim -> claims.put(claim.getKey(), claim.getValue()));
    return claims;
  }

  private static Map<String, Object> with(Map<String, Object> claims, String name, Object value) {
    var changed = new TreeMap<>(claims);
    changed.put(name, value);
    return changed;
  }

  private static Map<String, Object> without(Map<String, Object> claims, String name) {
    var changed = new TreeMap<>(claims);
    assertThat(changed.remove(name)).as(name).isNotNull();
    return changed;
  }

  private static String token(String head, Map<String, Object> claims) throws Exception {
    return token(head, claims, keys);
  }

  private static String token(String head, Map<String, Object> claims, KeyPair signer)
      throws Exception {
    var input =
        base64(head.replace('\'', '"').getBytes(UTF_8))
            + "."
            + base64(json.writeValueAsBytes(claims));
    var signature = Signature.getInstance("SHA256withRSA");
    signature.initSign(signer.getPrivate());
    signature.update(input.getBytes(UTF_8));
    return input + "." + base64(signature.sign());
  }

  private static Map<String, Object> jwk(KeyPair pair, Map<String, Object> more) {
    var key = (RSAPublicKey) pair.getPublic();
    var jwk = new LinkedHashMap<>(more);
    jwk.put("kty", "RSA");
    jwk.put("n", base64(unsigned(key.getModulus())));
    jwk.put("e", base64(unsigned(key.getPublicExponent())));
    return jwk;
  }

  private static byte[] unsigned(BigInteger number) {
    var bytes = number.toByteArray();
    return bytes[0] == 0 ? Arrays.copyOfRange(bytes, 1, bytes.length) : bytes;
  }

  private static String base64(byte[] bytes) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }
}
