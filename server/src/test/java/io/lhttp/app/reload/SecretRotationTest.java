package io.lhttp.app.reload;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import io.lhttp.Secrets;
import io.lhttp.message.Message;
import io.lhttp.testing.TestClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;

/**
 * Secrets are rotated by reloads while clients are connected: the old one is valid beside the new
 * one, and then its connections end.
 */
class SecretRotationTest extends ReloadFixture {
  private static final String OLD = "the-old-secret-of-at-least-32-bytes";
  private static final String NEW = "the-new-secret-of-at-least-32-bytes";
  private static final String ECHO =
      "export function onMessage(ctx) { ctx.send(ctx.connection.user); }";
  private static final String ONE = "file:secrets/current";
  private static final String TWO = "[ file:secrets/current, file:secrets/previous ]";

  @Test
  void apiKey_whileBothAreListed_isValidAndThenEnds() throws Exception {
    secret("current", OLD);
    written("auth: { api-keys: { mia: { key: %s } } }".formatted(ONE));
    start();
    try (var before = TestClient.connect(server.uri())) {
      assertThat(user(before, OLD)).isEqualTo("mia");

      secret("current", NEW);
      secret("previous", OLD);
      written("auth: { api-keys: { mia: { key: %s } } }".formatted(TWO));
      assertThat(changes())
          .contains(
              "secrets/current changed",
              "secrets/previous added",
              "api-keys.mia.key of auth changed");
      assertThat(user(before)).isEqualTo("mia");
      assertThat(user(client, NEW)).isEqualTo("mia");

      written("auth: { api-keys: { mia: { key: %s } } }".formatted(ONE));
      reloader.reload();
      assertThat(before.closed().code()).isEqualTo(4401);
      assertThat(user(client)).isEqualTo("mia");
    }
    try (var late = TestClient.connect(server.uri())) {
      assertThat(late.request(message(OLD)).header("status")).contains("401");
    }
  }

  @Test
  void jwtSecret_whileBothAreListed_isValidAndThenEnds() throws Exception {
    secret("current", NEW);
    secret("previous", OLD);
    written("auth: { jwt: { secret: %s } }".formatted(TWO));
    start();
    try (var before = TestClient.connect(server.uri())) {
      assertThat(user(before, token(OLD))).isEqualTo("tom");
      assertThat(user(client, token(NEW))).isEqualTo("tom");

      written("auth: { jwt: { secret: %s } }".formatted(ONE));
      reloader.reload();

      assertThat(before.closed().code()).isEqualTo(4401);
      assertThat(user(client)).isEqualTo("tom");
    }
  }

  @Test
  void changedFile_isReadByReload() throws Exception {
    secret("current", OLD);
    written("auth: { api-keys: { mia: { key: %s } } }".formatted(ONE));
    start();
    assertThat(user(client, OLD)).isEqualTo("mia");
    assertThat(reloader.reload()).isInstanceOf(ReloadResult.Unchanged.class);

    secret("current", NEW);

    assertThat(changes()).contains("secrets/current changed");
    assertThat(client.closed().code()).isEqualTo(4401);
  }

  @Test
  void missingFile_isRefusedAndOldSecretStays() throws Exception {
    secret("current", OLD);
    written("auth: { api-keys: { mia: { key: %s } } }".formatted(ONE));
    start();
    assertThat(user(client, OLD)).isEqualTo("mia");
    Files.delete(folder.resolve("secrets/current"));

    assertThat(reloader.reload())
        .asInstanceOf(type(ReloadResult.Refused.class))
        .satisfies(refused ->
            assertThat(refused.problems().toString())
                .contains("auth.api-keys.mia.key: no file that can be read: secrets/current"));
    assertThat(user(client)).isEqualTo("mia");
  }

  @Test
  void secretOfJavaFilterAndScript_isReadByReload() throws Exception {
    secret("current", OLD);
    write("processors/told.js", "export function onMessage(ctx) { ctx.send(ctx.options.word); }");
    write(
        "processors/Own.java",
        """
        import io.lhttp.*;
        public class Own implements Processor {
          record Options(Secret word) {}
          private final Options options;
          Own(Options options) { this.options = options; }
          public void onMessage(Exchange e) { e.send(options + " " + options.word().text()); }
        }
        """);
    write(
        "lhttp.yaml",
        """
        processors:
          told: { options: { word: file:secrets/current } }
          own: { class: Own, options: { word: file:secrets/current } }
        """);
    start();
    assertThat(ask("told", "")).isEqualTo(OLD);
    assertThat(ask("own", "")).isEqualTo("Options[word=(secret)] " + OLD);

    secret("current", NEW);
    reloader.reload();

    assertThat(ask("told", "")).isEqualTo(NEW);
    assertThat(ask("own", "")).isEqualTo("Options[word=(secret)] " + NEW);
  }

  @Test
  void adminToken_isReplacedByReload() throws Exception {
    secret("current", OLD);
    write("lhttp.yaml", "admin: { listen: 0.0.0.0:9091, token: %s }\n".formatted(ONE));
    start();
    secret("current", NEW);

    assertThat(reloader.reload())
        .asInstanceOf(type(ReloadResult.Unchanged.class))
        .satisfies(unchanged -> {
          assertThat(unchanged.changes())
              .containsExactlyInAnyOrder("admin.token changed", "secrets/current changed");
          assertThat(unchanged.restart()).isEmpty();
        });

    write("lhttp.yaml", "admin: { listen: 0.0.0.0:9092, token: %s }\n".formatted(ONE));
    assertThat(reloader.reload())
        .asInstanceOf(type(ReloadResult.Unchanged.class))
        .satisfies(unchanged -> assertThat(unchanged.restart()).containsExactly("admin"));
  }

  @Test
  void apiKeys_areReplacedByReload() throws Exception {
    secret("current", OLD);
    write("lhttp.yaml", "api: { keys: { backend: %s } }\n".formatted(ONE));
    start();
    secret("current", NEW);

    assertThat(reloader.reload())
        .asInstanceOf(type(ReloadResult.Unchanged.class))
        .satisfies(unchanged -> {
          assertThat(unchanged.changes())
              .containsExactlyInAnyOrder("api.keys changed", "secrets/current changed");
          assertThat(unchanged.restart()).isEmpty();
        });
    var keys = reloader.running().settings().api().keys();
    assertThat(keys.values()).allMatch(key -> key.secret().equals(Secrets.of(NEW)));

    write("lhttp.yaml", "api: { listen: 9092, keys: { backend: %s } }\n".formatted(ONE));
    assertThat(reloader.reload())
        .asInstanceOf(type(ReloadResult.Unchanged.class))
        .satisfies(unchanged -> assertThat(unchanged.restart()).containsExactly("api.listen"));
  }

  @Test
  void secretOfBroker_waitsForRestart() throws Exception {
    secret("current", OLD);
    write("lhttp.yaml", "broker: { nats: { token: %s } }\n".formatted(ONE));
    start();
    secret("current", NEW);

    assertThat(reloader.reload())
        .asInstanceOf(type(ReloadResult.Unchanged.class))
        .satisfies(unchanged -> assertThat(unchanged.restart()).containsExactly("broker"));
  }

  private void written(String auth) throws Exception {
    write("processors/who.js", ECHO);
    write("lhttp.yaml", "chain:\n  - %s\n  - pubsub\n".formatted(auth));
  }

  private void secret(String name, String content) throws Exception {
    write("secrets/" + name, content + "\n");
    Path file = folder.resolve("secrets").resolve(name);
    if (file.getFileSystem().supportedFileAttributeViews().contains("posix")) {
      Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    }
  }

  private static String user(TestClient client) {
    return client.request(Message.of("who", "")).body();
  }

  private static String user(TestClient client, String token) {
    return client.request(message(token)).body();
  }

  private static Message message(String token) {
    return Message.builder("who").header("authorization", "Bearer " + token).build();
  }

  private static String token(String secret) throws Exception {
    var input = base64("{\"alg\":\"HS256\"}") + "." + base64("{\"sub\":\"tom\"}");
    var mac = Mac.getInstance("HmacSHA256");
    mac.init(new SecretKeySpec(secret.getBytes(UTF_8), "HmacSHA256"));
    return input
        + "."
        + Base64.getUrlEncoder()
            .withoutPadding()
            .encodeToString(mac.doFinal(input.getBytes(US_ASCII)));
  }

  private static String base64(String json) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(json.getBytes(UTF_8));
  }
}
