package io.lhttp.app.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ShownTest {
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
  })
  void whatMayBeASecretIsNotShown(String path, String written) {
    assertThat(Shown.value(written, path))
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
    "tls.certificate, certificates/example-2026.pem",
    "limits.message-bytes, a lot of bytes",
  })
  void whatIsNoSecretIsShown(String path, String written) {
    assertThat(Shown.value(written, path)).isEqualTo("'" + written + "'");
  }

  @Test
  void loginsInUrlsAndDefaultsOfVariablesAreLeftOut() {
    assertThat(Shown.value("nats://jack:hush@host:1", "servers[0]")).isEqualTo("'nats://…@host:1'");
    assertThat(Shown.value("https://h/hook?token=hush x", "to")).isEqualTo("'https://h/hook?… x'");
    assertThat(Shown.value("${TOKEN:hush-hush}", "admin.token")).isEqualTo("'${TOKEN:…}'");
    assertThat(Shown.value("x${A:hush}y", "listen")).isEqualTo("'x${A:…}y'");
  }

  @Test
  void anUnknownKeyIsShownWhereItIsNearToOneThatIsKnown() {
    var keys = List.of("secret", "issuer");

    assertThat(Shown.key("secrt", "auth.jwt", keys)).isEqualTo("secrt");
    assertThat(Shown.key("secret hush-hush", "auth.jwt", keys)).isEqualTo("…");
    assertThat(Shown.key("hush-hush", "mine", keys)).isEqualTo("…");
    assertThat(Shown.key("something-else", "mine", List.of("size"))).isEqualTo("something-else");
  }

  @Test
  void aSecretInThePlaceOfItsNameIsNotShown() {
    assertThat(Shown.anyKey("hunter2-correct-Horse9x", "auth.api-keys")).isEqualTo("…");
    assertThat(Shown.anyKey("dashboard", "auth.api-keys")).isEqualTo("dashboard");
    assertThat(Shown.anyKey("telemetry-sensor-001", "history")).isEqualTo("telemetry-sensor-001");
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
  void aSecretInThePlaceOfItsFileIsNotShown(String written, boolean hidden) {
    assertThat(Shown.mayBeInFile(written)).isEqualTo(hidden);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "admin.token=hush-hush",
        "chain.auth.jwt.secret=hush-hush",
        "chain.auth.api-keys.jack.key=hush-hush"
      })
  void anOptionOfTheCommandLineLosesItsValueWhereThatMayBeASecret(String option) {
    assertThat(Shown.option(option)).endsWith("=…").doesNotContain("hush");
  }

  @Test
  void otherOptionsAreShownWhole() {
    assertThat(Shown.option("listen=1")).isEqualTo("listen=1");
    assertThat(Shown.option("listen")).isEqualTo("listen");
  }

  @ParameterizedTest
  @CsvSource({
    "'  secret: hush-hush', '  secret: …'",
    "'  - token: \"hush hush\"', '  - token: …'",
    "'  size: \t5', '  size: \t5'",
  })
  void aLineOfTheSourceLosesWhatMayBeASecret(String line, String shown) {
    assertThat(Shown.line(line)).isEqualTo(shown);
  }
}
