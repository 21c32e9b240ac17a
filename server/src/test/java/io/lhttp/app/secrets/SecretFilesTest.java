package io.lhttp.app.secrets;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.lhttp.Secret;
import io.lhttp.Secrets;
import io.lhttp.app.SettingsCheck;
import io.lhttp.app.config.Binder;
import io.lhttp.app.config.Node;
import io.lhttp.app.config.Problem;
import io.lhttp.app.config.Problems;
import io.lhttp.app.config.Yaml;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Secrets are read from files; each error has its place and shows no secret. */
class SecretFilesTest {
  private static final String HUSH = "hush-hush-0123456789-hush-hush-012";

  @TempDir private Path folder;
  private final Problems problems = new Problems();
  private Binder binder = new Binder(problems);

  @SuppressWarnings("NullAway.Init") // every test gets one
  private SecretFiles secrets;

  record Keys(Optional<Secrets> key, Optional<Secret> one) {}

  @BeforeEach
  void aFolder() throws IOException {
    Files.createDirectory(folder.resolve("secrets"));
    secrets = new SecretFiles(folder, true);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "\n", "\r\n", "\n\n"})
  void lineEnd_isNoPartOfSecret(String end) throws IOException {
    secret("mia", HUSH + end);

    assertThat(read("key: file:secrets/mia").key()).contains(Secrets.of(HUSH));
    assertThat(binder.contents()).containsExactly(HUSH);
  }

  @Test
  void byteOrderMark_isNoPartOfSecret() throws IOException {
    secret("mia", "\uFEFF" + HUSH + "\r\n");

    assertThat(read("one: file:secrets/mia").one()).contains(Secret.of(HUSH));
  }

  @Test
  void path_isAbsoluteOrFromFolderOrHasVariable() throws IOException {
    var file = secret("mia", HUSH);
    for (var path :
        List.of(
            "file:" + file,
            "file://" + file,
            "file:./secrets/mia",
            "file:${CREDENTIALS_DIRECTORY}/mia",
            "${WHOLE}",
            "'file: secrets/mia'")) {
      assertThat(read("key: " + path).key()).as(path).contains(Secrets.of(HUSH));
    }
  }

  @Test
  void list_hasTwoSecretsInOrder() throws IOException {
    secret("new", "new-" + HUSH);
    secret("old", "old-" + HUSH);

    assertThat(read("key: [ file:secrets/new, file:secrets/old ]").key())
        .contains(Secrets.of("new-" + HUSH, "old-" + HUSH));
    assertThat(read("key: [ file:secrets/new, as-text ]").key())
        .contains(Secrets.of("new-" + HUSH, "as-text"));
    assertThat(read("key: [ as-text ]").key()).contains(Secrets.of("as-text"));
  }

  @Test
  void linkOutOfFolder_isFollowed(@TempDir Path volume) throws IOException {
    var data = Files.createDirectory(volume.resolve("..2026_01"));
    Files.writeString(data.resolve("mia"), HUSH + "\n");
    Files.createSymbolicLink(volume.resolve("..data"), Path.of("..2026_01"));
    Files.createSymbolicLink(volume.resolve("mia"), Path.of("..data/mia"));

    assertThat(read("key: file:" + volume.resolve("mia")).key()).contains(Secrets.of(HUSH));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "key: ^file:secrets/miia | key: no file that can be read: secrets/miia, did you mean 'mia'?",
        "key: ^file:secrts/mia | key: no file that can be read: secrts/mia",
        "key: ^'file:' | key: expected a secret that is not empty, or file:PATH, not 'file:'",
        "key: ^'' | key: expected a secret that is not empty, or file:PATH, not ''",
        "key: ^{ file: secrets/mia } | key: expected a secret that is not empty, or file:PATH, not"
            + " keys with values: write file:PATH without a space",
        "key: ^file:secrets/empty | key: secrets/empty: it is empty",
        "key: ^file:secrets/break | key: secrets/break: it is empty",
        "key: ^file:secrets/lines | key: secrets/lines: it has 2 lines, expected one; a second"
            + " secret has a file of its own",
        "key: ^file:secrets/control | key: secrets/control: it has control characters; write the"
            + " secret as text, such as in Base64",
        "key: ^file:secrets/binary | key: secrets/binary: it is not UTF-8; write the secret as text,"
            + " such as in Base64",
        "key: ^file:secrets/large | key: secrets/large: it has more than 64 KiB; expected one line"
            + " with the secret",
        "key: ^file:secrets | key: secrets: it is a folder, expected a file",
        "key: [ file:secrets/mia, ^file:secrets/miia ] | key[1]: no file that can be read:"
            + " secrets/miia, did you mean 'mia'?",
        "key: [ a, ^[ b ] ] | key[1]: expected a secret that is not empty, or file:PATH, not a list",
        "key: ^[ a, b, c ] | key: expected one secret, or two while one replaces the other, not 3",
        "key: ^[ ] | key: expected one secret, or two while one replaces the other, not 0",
        "one: ^[ a, b ] | one: expected a secret that is not empty, or file:PATH, not a list",
      })
  void unusableSecret_isReportedAtItsPlace(String marked, String expected) throws IOException {
    secret("mia", HUSH);
    secret("empty", "");
    secret("break", "\r\n");
    secret("lines", HUSH + "\n" + HUSH + "\n");
    secret("control", HUSH + "\t" + HUSH);
    Files.writeString(folder.resolve("secrets/binary"), HUSH + "\u00ff", ISO_8859_1);
    secret("large", HUSH.repeat(2000));

    read(marked.replace("^", ""));

    assertThat(problems.found())
        .singleElement()
        .satisfies(problem -> {
          assertThat(problem.summary())
              .isEqualTo("lhttp.yaml:1:%d: %s".formatted(marked.indexOf('^') + 1, expected));
          assertThat(problem.toString()).doesNotContain(HUSH);
        });
  }

  @Test
  void secretInPlaceOfFile_isNotShown() throws IOException {
    var made = "eyJhbGciOiJIUzI1NiJ9-e30-AAAA0";

    read("key: file:" + made);

    assertThat(problems.found()).singleElement().asString().doesNotContain(made);
  }

  @Test
  void pathInError_isShownBesideItsLine() throws IOException {
    read("key: file:/run/secrets/none-0123456789");

    assertThat(problems.found())
        .singleElement()
        .asString()
        .endsWith("\n    key: file:/run/secrets/none-0123456789\n         ^");
  }

  @Test
  void worldWritableFile_isRefused() throws IOException {
    permissions(secret("mia", HUSH), "rw-rw-rw-");

    read("key: file:secrets/mia");

    assertThat(problems.found())
        .singleElement()
        .asString()
        .contains("key: every user may write it, so its secret is not used; chmod o-w");
  }

  @Test
  void worldWritableFolder_isRefused() throws IOException {
    secret("mia", HUSH);
    permissions(folder.resolve("secrets"), "rwxrwxrwx");

    read("key: file:secrets/mia");

    assertThat(problems.found())
        .singleElement()
        .asString()
        .contains("key: every user may write its folder, so its secret is not used; chmod o-w");
  }

  @Test
  void permissionsIgnored_useFile() throws IOException {
    permissions(secret("mia", HUSH), "rw-rw-rw-");
    secrets = new SecretFiles(folder, false);

    assertThat(read("key: file:secrets/mia").key()).contains(Secrets.of(HUSH));
    assertThat(secrets.advice()).isEmpty();
  }

  @Test
  void worldReadableFile_isUsedWithWarning() throws IOException {
    permissions(secret("mia", HUSH), "rw-r--r--");
    permissions(secret("tom", HUSH), "rw-r-----");

    assertThat(read("{ key: file:secrets/mia, one: file:secrets/tom }").key()).isPresent();

    assertThat(secrets.advice())
        .extracting(Problem::summary)
        .containsExactly(
            "lhttp.yaml:1:8: key: every user of this machine may read it; chmod o-r "
                + folder.resolve("secrets/mia"));
  }

  @Test
  void files_areNamedAlsoIfMissing() throws IOException {
    secret("mia", HUSH);
    read("key: [ file:secrets/mia, file:secrets/none ]");

    assertThat(secrets.files())
        .containsExactlyInAnyOrder(
            folder.resolve("secrets/mia").toAbsolutePath(),
            folder.resolve("secrets/none").toAbsolutePath());
    assertThat(secrets.areCurrent()).isTrue();
    secret("none", HUSH);
    assertThat(secrets.areCurrent()).isFalse();
  }

  @Test
  void hashes_changeWithContentAndRevealNothing() throws IOException {
    secret("mia", HUSH);
    read("key: file:secrets/mia");
    var before = secrets.hashes();
    secret("mia", HUSH + "x");
    secrets = new SecretFiles(folder, true);
    read("key: file:secrets/mia");

    assertThat(secrets.hashes()).containsOnlyKeys("secrets/mia").isNotEqualTo(before);
    assertThat(secrets.hashes().toString()).doesNotContain("hush");
  }

  @Test
  void optionsOfScript_haveContents() throws IOException {
    secret("mia", HUSH + "\n");

    var options =
        secrets.resolved(
            yaml("{ token: file:secrets/mia, deep: [ { key: file:secrets/mia } ], n: 1, t: file }"),
            "post",
            problems);

    assertThat(options.plain())
        .contains(Map.of("token", HUSH, "deep", List.of(Map.of("key", HUSH)), "n", 1, "t", "file"));
  }

  /** Each key of {@code lhttp.yaml} with a secret reads it from a file. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "admin: { token: file:none } | admin.token",
        "admin: { token: [ file:none ] } | admin.token[0]",
        "broker: { nats: { user: a, password: file:none } } | broker.nats.password",
        "broker: { nats: { token: file:none } } | broker.nats.token",
        "broker: { nats: { nkey: file:none } } | broker.nats.nkey",
        "chain: [ auth: { jwt: { secret: file:none } } ] | auth.jwt.secret",
        "chain: [ auth: { jwt: { secret: [ file:none ] } } ] | auth.jwt.secret[0]",
        "chain: [ auth: { jwt: { keys: [ { secret: file:none } ] } } ] | auth.jwt.keys[0].secret",
        "chain: [ auth: { api-keys: { mia: { key: file:none } } } ] | auth.api-keys.mia.key",
        "chain: [ auth: { api-keys: { mia: { sha256: file:none } } } ] | auth.api-keys.mia.sha256",
        "chain: [ upstream: { secret: file:none } ] | upstream.secret",
        "chain: [ events: { to: 'https://a.example/', secret: file:none } ] | events.secret",
        "chain: [ post: { token: file:none } ] | post.token",
        "chain: [ Guard: { word: file:none } ] | Guard.word",
        "chain: [ Guard: { words: [ file:none ] } ] | Guard.words[0]",
        "processors: { post: { options: { token: file:none } } } | post.token",
      })
  void eachSecretOfSettings_isReadFromFile(String yaml, String key) throws IOException {
    for (var script : List.of("filters/post.js", "processors/post.js")) {
      Files.createDirectories(folder.resolve(script).getParent());
      Files.writeString(folder.resolve(script), "export function onMessage(ctx) {}\n");
    }
    Files.writeString(
        folder.resolve("filters/Guard.java"),
        """
        import io.lhttp.*;
        import java.util.Optional;
        public class Guard implements Filter {
          record Options(Optional<Secret> word, Optional<Secrets> words) {}
          Guard(Options options) {}
        }
        """);
    Files.writeString(folder.resolve("filters/post.js"), "export function before(ctx) {}\n");

    assertThat(new SettingsCheck(folder, Map.of()).problems(yaml + "\n"))
        .anyMatch(problem -> problem.contains(": " + key + ": no file that can be read: none"));
  }

  @Test
  void missingAdminToken_isReportedOnce() throws IOException {
    assertThat(
            new SettingsCheck(folder, Map.of())
                .problems("admin: { listen: 0.0.0.0:9091, token: file:none }\n"))
        .containsExactly("lhttp.yaml:1:39: admin.token: no file that can be read: none");
  }

  private Path secret(String name, String content) throws IOException {
    return permissions(
        Files.writeString(folder.resolve("secrets").resolve(name), content), "rw-------");
  }

  private static Path permissions(Path file, String permissions) throws IOException {
    assumeThat(file.getFileSystem().supportedFileAttributeViews()).contains("posix");
    return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(permissions));
  }

  private Keys read(String yaml) {
    binder = new Binder(problems);
    return secrets
        .on(binder)
        .bind(Keys.class, yaml(yaml), "")
        .orElseGet(() -> new Keys(Optional.empty(), Optional.empty()));
  }

  private Node yaml(String text) {
    return Yaml.file(
        "lhttp.yaml",
        text,
        Map.of(
                "CREDENTIALS_DIRECTORY",
                folder.resolve("secrets").toString(),
                "WHOLE",
                "file:secrets/mia")
            ::get,
        problems);
  }
}
