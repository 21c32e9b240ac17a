package io.lhttp.app.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Errors hide each value, key or word that may be a secret. */
class SecretMaskTest {
  @ParameterizedTest
  @CsvSource({
    "auth, hush-hush",
    "auth.jwt, hunter2",
    "auth.jwt.leeway, correct horse battery",
    "auth.api-keys.jack, hush-hush",
    "admin.token, shortish",
    "broker.nats.password, hunter2",
    "my-filter.api-key, hunter2",
    "my-filter.client_secret, hunter2",
    "listen, 0123456789abcdef0123",
    "limits.channels, eyJhbGciOiJIUzI1NiJ9.e30.AAAA0",
    "origins[0], sk_live_4eC39HqLyjWDarjt",
    "admin.token, file:sk_live_4eC39HqLyjWDarjt",
    "admin.token, file: hush hush",
    "listen, hunter2-pass",
    "origins[0], correct-horse-battery-staple",
    "hosts[0], s3cr3tP@ss",
    "log.level, hush-hush",
    "limits.message-bytes, Tr0ub4dor&3",
    "limits.drain, P@ssw0rd!",
    "trusted-proxies[0], my_secretive_word",
    "listen, correcthorsebatterystaple",
    "hosts[0], qwertzuiopasdfgh",
    "origins[0], correct horse battery staple",
    "limits.channels, HunterTwo",
    "limits.drain, XkQpLmZr",
    "log.level, ABCdefgh",
    "hosts[0], XkQpLmZrTyUwAsDf",
  })
  void valueOfSecretKey_isHidden(String path, String written) {
    assertThat(SecretMask.value(written, path))
        .doesNotContain(written)
        .contains("not shown: it may be a secret");
  }

  @ParameterizedTest
  @CsvSource({
    "auth.jwt.leeway, soon",
    "auth.anonymous, yes",
    "auth.jwt.secret, ${JWT_SECRET}",
    "broker, kafka",
    "origins[0], https://a.example/with/a/longer/path",
    "x.to, https://hooks.example.com/services/v1beta1/recorder",
    "x.y, ${OAUTH_PROXY_2_SECRET}",
    "tls.certificate, certificates/example-2026.pem",
    "auth.jwt.secret, file:/run/secrets/jwt-0123456789",
    "admin.token, file:${CREDENTIALS_DIRECTORY}/admin",
    "limits.message-bytes, a lot of bytes",
    "limits.message-bytes, 64 KiloBytes",
    "limits.message-bytes, 64KiBytes",
    "limits.drain, unlimited",
    "listen, localhost:http-alt",
    "listen, 8081-tcp",
    "origins[0], a-b.example",
    "hosts[0], *.a-b-c",
    "trusted-proxies[0], 10.0.0.0/8x",
    "log.level, verbose",
    "log.level, informational",
    "limits.drain, Unlimited",
    "limits.drain, UNLIMITED",
    "limits.drain, as long as it is",
  })
  void valueOfOrdinaryKey_isShown(String path, String written) {
    assertThat(SecretMask.value(written, path)).isEqualTo("'" + written + "'");
  }

  @Test
  void urlLoginsAndVariableDefaults_areHidden() {
    assertThat(SecretMask.value("nats://jack:hush@host:1", "servers[0]"))
        .isEqualTo("'nats://…@host:1'");
    assertThat(SecretMask.value("https://h/hook?token=hush x", "to"))
        .isEqualTo("'https://h/hook?… x'");
    assertThat(SecretMask.value("${TOKEN:hush-hush}", "admin.token")).isEqualTo("'${TOKEN:…}'");
    assertThat(SecretMask.value("x${A:hush}y", "listen")).isEqualTo("'x${A:…}y'");
  }

  @Test
  void choice_nearValidOne_isShown() {
    var levels = List.of("rolling-update", "recreate");

    assertThat(SecretMask.choice("roling-update", "log.level", levels))
        .isEqualTo("'roling-update'");
    assertThat(SecretMask.choice("hunter2-password", "log.level", levels)).contains("not shown");
    assertThat(SecretMask.choice("never-recreate", "log.level", levels))
        .isEqualTo("'never-recreate'");
    assertThat(SecretMask.choice("at random", "log.level", levels)).isEqualTo("'at random'");
  }

  @Test
  void unknownKey_nearKnownOne_isShown() {
    var keys = List.of("secret", "issuer");

    assertThat(SecretMask.key("secrt", "auth.jwt", keys)).isEqualTo("secrt");
    assertThat(SecretMask.key("secret hush-hush", "auth.jwt", keys)).isEqualTo("…");
    assertThat(SecretMask.key("hush-hush", "mine", keys)).isEqualTo("…");
    assertThat(SecretMask.key("something-else", "mine", List.of("size")))
        .isEqualTo("something-else");
  }

  @Test
  void secretWrittenAsKey_isHidden() {
    assertThat(SecretMask.anyKey("hunter2-correct-Horse9x", "auth.api-keys")).isEqualTo("…");
    assertThat(SecretMask.anyKey("dashboard", "auth.api-keys")).isEqualTo("dashboard");
    assertThat(SecretMask.anyKey("telemetry-sensor-001", "history"))
        .isEqualTo("telemetry-sensor-001");
  }

  @ParameterizedTest
  @CsvSource({
    "certificates/key-2026-of-us.pem, false",
    "/run/secrets/tls_key_2026, false",
    "../secrets/tls_key_2026x, false",
    "key, false",
    "hunter2-correct-Horse9x, true",
    "MIIEvQIBADANBgkqhkiG9w0BAQ/EFAASC, true",
    "-----BEGIN PRIVATE KEY----- MIIE, true",
  })
  void secretWrittenAsFileName_isHidden(String written, boolean hidden) {
    assertThat(SecretMask.mayBeInFile(written)).isEqualTo(hidden);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "admin.token=hush-hush",
        "chain.auth.jwt.secret=hush-hush",
        "chain.auth.api-keys.jack.key=hush-hush"
      })
  void setOption_withPossibleSecret_hidesValue(String option) {
    assertThat(SecretMask.option(option)).endsWith("=…").doesNotContain("hush");
  }

  @Test
  void setOption_withoutSecret_isShownInFull() {
    assertThat(SecretMask.option("listen=1")).isEqualTo("listen=1");
    assertThat(SecretMask.option("listen")).isEqualTo("listen");
    assertThat(SecretMask.option("chain.a.filter=rate-limit"))
        .isEqualTo("chain.a.filter=rate-limit");
    assertThat(SecretMask.option("chain.a.filter=sk_live_4eC39HqLyjWDarjt"))
        .isEqualTo("chain.a.filter=…");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "hunter2-correct-Horse9x",
        "eyJhbGciOiJIUzI1NiJ9.e30.AAAA0",
        "sk_live_4eC39HqLyjWDarjt",
        "sk.4eC39HqLyjWDarjt",
        "--token-4eC39HqLyjWDarjt",
        "dG9rZW4tdG9rZW4x==",
        "XkQpLmZrTyUwAsDf",
      })
  void secretLikeWord_isHidden(String word) {
    assertThat(SecretMask.word(word)).isEqualTo("…");
    assertThat(SecretMask.word(word, List.of("pubsub", "auth"))).isEqualTo("…");
    assertThat(SecretMask.option(word)).doesNotContain(word.replace("=", ""));
    assertThat(SecretMask.option(word + "=1")).doesNotContain(word.substring(0, 12));
    assertThat(SecretMask.word("Bearer " + word)).isEqualTo("Bearer …");
    assertThat(SecretMask.value("Bearer " + word, "listen")).doesNotContain(word);
    assertThat(SecretMask.anyKey(word, "history")).isEqualTo("…");
    assertThat(SecretMask.sentence("no '" + word + "' here, " + word)).isEqualTo("no '…' here, …");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "com.example.http2.PushFilter",
        "a-filter-of-2026-with-words",
        "telemetry-sensor-001",
        "MyHttpRequestLoggingFilter",
        "AbstractXmlHttpRequestHandler",
        "internationalisations",
        "completely-else",
        "hunter2",
        "nothing to hide in 12 words",
        "filters/rate-limit-2.js",
      })
  void nameLikeWord_isShown(String word) {
    assertThat(SecretMask.word(word)).isEqualTo(word);
    assertThat(SecretMask.sentence("no '" + word + "' here")).isEqualTo("no '" + word + "' here");
  }

  @Test
  void word_nearValidOne_isShownUpToMaximumLength() {
    var names = List.of("my2Filters4theSensors");

    assertThat(SecretMask.word("my2Filters4theSensor", names)).isEqualTo("my2Filters4theSensor");
    assertThat(SecretMask.word("my2Filters4theSensor", List.of())).isEqualTo("…");
    assertThat(SecretMask.word("a".repeat(201), List.of("a".repeat(202)))).isEqualTo("…");
    assertThat(SecretMask.word("two\nlines")).isEqualTo("…");
  }

  @Test
  void sentence_keepsPathsAndHidesLoginsAndSecrets() {
    assertThat(SecretMask.sentence("no file /home/jack1x/app2y/key4z.pem")).endsWith("/key4z.pem");
    assertThat(SecretMask.sentence("can't reach nats://jack:hush@host:4222"))
        .endsWith("nats://…@host:4222");
    assertThat(SecretMask.sentence("ws://h/?token=hush is gone")).isEqualTo("ws://h/?… is gone");
    assertThat(SecretMask.sentence("'to' expects a URL, not '4eC39HqLyjWDarjt$1'"))
        .isEqualTo("'to' expects a URL, not '…$1'");
  }

  @ParameterizedTest
  @CsvSource({
    "'  secret: hush-hush', '  secret: …'",
    "'  - token: \"hush hush\"', '  - token: …'",
    "'  size: \t5', '  size: \t5'",
  })
  void sourceLine_hidesPossibleSecrets(String line, String shown) {
    assertThat(SecretMask.line(line)).isEqualTo(shown);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Server=db;User Id=sa;Password=two hushes;Encrypt=yes",
        "Server=db;Pwd=hush-hush",
        "Data Source=db;Password = 'two hushes';Timeout=5",
        "AccountName=a;AccountKey=hush-hush;EndpointSuffix=b",
        "Endpoint=sb://a/;SharedAccessKey=hush-hush",
        "host=db user=sa password=hush-hush dbname=x",
        "password = two hushes",
        "password=hush-hush",
        "pw=hush-hush",
        "db.pw = hush-hush",
        "DB_PASSWORD: hush-hush",
        "dsn=hush-hush",
        "jack:hush-hush@tcp(db:3306)/shop",
        "jdbc:oracle:thin:jack/hush-hush@db:1521",
        "postgres://jack:hush-/hush@db/shop",
        "amqp://:hush-hush@queue",
        "https://a.example/#access_token=hush-hush",
        "https://a.example/?sig=hush-hush",
        "--password hush-hush",
        "curl -u jack:hush-hush@host",
        "{\"client_secret\": \"two hushes\"}",
        "{'apiKey':'hush-hush'}",
        "Authorization: hush-hush",
        "X-Api-Key: hush-hush",
        "Cookie: a=hush-hush",
        "password hush-hush",
        "token hush-hush",
        "keyPassword hush-hush",
        "PGPASSWORD=hush-hush psql",
        "Password : \"two hush-hushes\"",
        "-----BEGIN KEY----- hush-hush",
        "${TOKEN:hush-hush",
      })
  void valueWithSecretInside_isHidden(String written) {
    assertThat(SecretMask.value(written, "x.y")).doesNotContain("hu");
    assertThat(SecretMask.line("    " + written)).doesNotContain("hu");
    assertThat(SecretMask.line("  a: " + written)).doesNotContain("hu");
    assertThat(SecretMask.word(written)).doesNotContain("hu");
    assertThat(SecretMask.anyKey(written, "x")).doesNotContain("hu");
    assertThat(SecretMask.key(written, "x", List.of("size"))).doesNotContain("hu");
    assertThat(SecretMask.option("chain.x.y=" + written)).doesNotContain("hu");
    assertThat(SecretMask.sentence("bad '" + written.replace('\'', '"') + "' here"))
        .doesNotContain("hu");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "@4eC39HqLyjWDarjt",
        "`4eC39HqLyjWDarjt`",
        "!!int 4eC39HqLyjWDarjt",
        "*4eC39HqLyjWDarjt",
        "&4eC39HqLyjWDarjt x",
        "%4eC39HqLyjWDarjt",
        "? 4eC39HqLyjWDarjt",
        "[ a, 4eC39HqLyjWDarjt",
        "'a' 4eC39HqLyjWDarjt",
        "4eC39HqLyjWDarjt x",
        "https://h/services/4eC39HqLyjWDarjt",
        "https://h/services/4eC39HqLyjWDarjt/a",
        "POST https://h/4eC39HqLyjWDarjt",
        "${sk_4eC39HqLyjWDarjt}",
        "a ${sk_4eC39HqLyjWDarjt:b}",
      })
  void madeSecret_isHiddenWithinOtherText(String written) {
    var secret = "4eC39HqLyjWDarjt";
    assertThat(SecretMask.value(written, "x.y")).doesNotContain(secret);
    assertThat(SecretMask.line("    " + written)).doesNotContain(secret);
    assertThat(SecretMask.line("  a: " + written)).doesNotContain(secret);
    assertThat(SecretMask.word(written)).doesNotContain(secret);
    assertThat(SecretMask.anyKey(written, "x")).doesNotContain(secret);
    assertThat(SecretMask.key(written, "x", List.of("size"))).doesNotContain(secret);
    assertThat(SecretMask.option("chain.x.y=" + written)).doesNotContain(secret);
    assertThat(SecretMask.option(written)).doesNotContain(secret);
    assertThat(SecretMask.sentence("bad " + written + " here")).doesNotContain(secret);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "bad value 'password = two hushes' here | bad value '…' here",
        "Server=db;Password=two hushes;a=b is no URL | Server=db;Password=…;a=b is no URL",
        "no {\"secret\": \"two hushes\"} here | no {\"secret\": \"…\"} here",
        "can't reach jack:hush@host | can't reach …@host",
        "unknown key 'auth.token': did you mean 'a'? | unknown key 'auth.token': did you mean 'a'?",
        "'token' expects a text | 'token' expects a text",
      })
  void sentence_hidesAssignedSecretsAlone(String sentence, String shown) {
    assertThat(SecretMask.sentence(sentence)).isEqualTo(shown);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"db.pw", "my.userPw", "x.dsn", "x.connection-string", "x.connStr", "a.psk"})
  void valueOfSecretKeyOfOtherKinds_isHidden(String path) {
    assertThat(SecretMask.value("hush-hush", path)).doesNotContain("hush");
  }

  /** Time that grows with the square of the length would take minutes. */
  @ParameterizedTest
  @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  @ValueSource(
      strings = {
        "://",
        "a://b",
        "${a:",
        "a.",
        "a1.",
        ".",
        "-",
        " ",
        "\t",
        "=",
        ":",
        "a=",
        "password=",
        "bearer ",
        "a:b@",
        "a:",
        "@",
        "://a:",
        "token ",
        "--a ",
        "\"a\":",
        "key-",
        "a b",
        "9a",
        "'"
      })
  void hugeText_takesLinearTime(String unit) {
    var text = unit.repeat(1_000_000 / unit.length());
    var keys = List.of("listen", "chain");

    assertThat(SecretMask.value(text, "x")).hasSizeLessThan(200);
    assertThat(SecretMask.value("x", text)).isEqualTo("'x'");
    assertThat(SecretMask.key(text, "x", keys)).isEqualTo("…");
    assertThat(SecretMask.anyKey(text, "x")).isEqualTo("…");
    assertThat(SecretMask.word(text, keys)).isEqualTo("…");
    assertThat(SecretMask.option(text)).isEqualTo("…");
    assertThat(SecretMask.line(text)).isEqualTo("…");
    assertThat(SecretMask.line("a: " + text)).hasSizeLessThan(200);
    assertThat(SecretMask.sentence(text)).hasSizeLessThan(20_000);
    var _ = SecretMask.mayBeInFile(text);
  }
}
