package io.lhttp.app.config;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A problem in YAML shows the line with a caret, and no word that may be a secret. */
class MaskedLinesTest {
  private final Problems problems = new Problems();

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "listen: 65536 | 1:9 | listen: 65536 | `        ^`",
        "chain:~  - pubsbu # the last | 2:5 | `  - pubsbu` | `    ^`",
        "hosts: [pubsub, { rate-limit: { per: user, rat: 1/s } }] | 1:44 | hosts: [pubsub, { rate-limit: { per: user, rat: 1/s } }] | `                                           ^`",
        "a: { 'b c': \"d\", e: -1.5, f: true } | 1:27 | a: { 'b c': \"d\", e: -1.5, f: true } | `                          ^`",
        "a: { token: hush-hush-hush, b: c } | 1:29 | a: { token: …, b: c } | `               ^`",
        "a: { url: http://jack:hush@host/ , b: c } | 1:36 | a: { url: … , b: c } | `              ^`",
        "a: { b: sk4eC39HqLyjWDarjt, c: d } | 1:29 | a: { b: …, c: d } | `           ^`",
        "auth: { jwt: { secert: hush-hush } } | 1:16 | auth: { jwt: { secert: … } } | `               ^`",
        "auth: { permissions: [ { channel: news } ] } | 1:24 | auth: { permissions: [ { channel: news } ] } | `                       ^`",
        "a: ${TOKEN:hush-hush} | 1:4 | a: … | `   ^`",
        "a: ${TOKEN} | 1:4 | a: ${TOKEN} | `   ^`",
      })
  void problem_showsLineAndCaret(String text, String place, String line, String caret) {
    assertThat(excerpt(text, place, "wrong")).isEqualTo("\n    " + line + "\n    " + caret);
  }

  @Test
  void wordOfMessage_isShownBesideSecrets() {
    assertThat(excerpt("auth: { permision: [ hush ] }", "1:9", "unknown key 'auth.permision'"))
        .isEqualTo("\n    auth: { permision: [ hush ] }\n            ^");
    assertThat(excerpt("auth: { permision: [ hush-hush ] }", "1:9", "unknown key 'auth.perm'"))
        .isEqualTo("\n    auth: { …: [ … ] }\n            ^");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "chain:\n  - auth: { jwt: { secret: [ hush-hush ] } }\n",
        "chain:\n  - auth: { jwt: { secret hush-hush } }\n",
        "chain:\n  - auth: { jwt: { hush-hush: } }\n",
        "chain:\n  - auth:\n      jwt:\n\t  a hush-hush\n",
        "chain:\n  - auth:\n      api-keys:\n        jack: 'hush-hush\n",
        "chain:\n  - auth: { api-keys:\n  { jack: hush-hush ] } }\n",
        "auth: {\njwt: {\nb: [ hush-hush } }\n",
        "password: |\n  hush-hush\nb: *c\n",
        "password: 'hush-hush\n  hush-hush' b\n",
        "a: b: hush-hush-4eC39HqLyjWDarjt\n",
        "a: @hush-hush-4eC39HqLyjWDarjt\n",
        "a: `hush-hush-4eC39HqLyjWDarjt`\n",
        "a: !!int hush-hush-4eC39HqLyjWDarjt\n",
        "*hush-hush-4eC39HqLyjWDarjt\n",
        "%hush-hush-4eC39HqLyjWDarjt\n",
        "history: { \"hush-hush-4eC39HqLyjWDarjt x\": { for: 1m } }\n",
        "origins: [ https://h/hush-hush-4eC39HqLyjWDarjt ]\n",
        "listen: ${hush_hush-4eC39HqLyjWDarjt}\n",
        "a: 1 # hush-hush\na: 2 # hush-hush\n",
        "chain:\n  - mail: { pwd: hush-hush, b: c }\n",
        "chain:\n  - mail: { pass: hush-hush, b: c }\n",
        "chain:\n  - mail: { userPass: hush-hush, b: c }\n",
        "chain:\n  - mail: { accessKey: hush-hush, b: c }\n",
        "chain:\n  - mail: { access_key_id: hush-hush, b: c }\n",
        "chain:\n  - mail: { signature: hush-hush, b: c }\n",
        "chain:\n  - mail: { cookie: hush-hush, b: c }\n",
        "chain:\n  - mail: { bearer: hush-hush, b: c }\n",
        "chain:\n  - mail: { Authorization: hush-hush, b: c }\n",
        "chain:\n  - mail: { sessionId: hush-hush, b: c }\n",
        "chain:\n  - mail: { headers: [ 'Bearer hush-hush', 'Basic hush-hush' ] }\n",
        "chain:\n  - mail: { url: 'http://a:b@hush-hush@host/', b: c }\n",
        "chain:\n  - mail: { oauth: hush-hush, b: c }\n",
      })
  void secret_isHiddenInEachLine(String text) {
    var lines = text.lines().toList();
    for (var line = 1; line <= lines.size(); line++) {
      for (var column = 1; column <= lines.get(line - 1).length() + 2; column++) {
        assertThat(excerpt(text, line + ":" + column, "wrong")).doesNotContain("hush");
      }
    }
  }

  @Test
  void unreadableLine_withoutSecrets_isShown() {
    var _ = Yaml.file("f", "listen: 8081\nhosts:\n  - a: b: c\n", name -> null, problems);

    assertThat(problems.found())
        .singleElement()
        .asString()
        .startsWith("f:3:")
        .contains("\n      - a: b: c\n", "^");
  }

  @Test
  void longLine_isCutAroundCaret() {
    var text = "a: [" + "1, ".repeat(500) + "x]";

    assertThat(excerpt(text, "1:" + (text.length() - 1), "wrong").lines())
        .contains("    …" + "1, ".repeat(500).substring(1_400) + "x]")
        .last()
        .asString()
        .hasSize(4 + 1 + 100 + 1);
  }

  /** Reads a text as far as possible. Returns the excerpt at this place. */
  private String excerpt(String text, String place, String message) {
    var root = Yaml.file("f", text.replace('~', '\n'), name -> null, new Problems());
    var at = place.split(":", -1);
    return root.place().at(Integer.parseInt(at[0]), Integer.parseInt(at[1])).excerpt(message);
  }
}
