package io.lhttp.message;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code toString} of messages and parts: readable, bounded, on one line, without secrets. */
class PreviewTest {
  private static final int MOST = 1_000;

  @Test
  void message_showsCommandHeadersAndBody() {
    var message =
        Message.builder("chat")
            .header("publish", "kitchen")
            .header("from", "mike")
            .body("soup is ready")
            .build();

    assertThat(message)
        .hasToString("Message[chat {publish: kitchen, from: mike} \"soup is ready\"]");
  }

  @Test
  void message_withoutHeadersAndBody_isShort() {
    assertThat(Message.of("ping", "")).hasToString("Message[ping]");
    assertThat(Message.of("say", "hi")).hasToString("Message[say \"hi\"]");
  }

  @Test
  void bytesWithoutText_areCounted() {
    assertThat(Message.builder("put").body(new byte[] {0, (byte) 0xff, 1}).build())
        .hasToString("Message[put 3 bytes]");
  }

  @Test
  void binaryText_isShown() {
    assertThat(Message.builder("put").body("grüße".getBytes(StandardCharsets.UTF_8)).build())
        .hasToString("Message[put \"grüße\"]");
  }

  @Test
  void controlCharacters_areEscaped() {
    var message =
        Message.builder("a\u202eb")
            .header("name", "x\ty\u2028z\u200b")
            .body("one\r\ntwo\u0000\u001b[31m\\n")
            .build();

    assertThat(message)
        .hasToString(
            "Message[a\\u202eb {name: x\\ty\\u2028z\\u200b} \"one\\r\\ntwo\\u0000\\u001b[31m\\\\n\"]");
  }

  @Test
  void longParts_areCut() {
    assertThat(Message.of("say", "x".repeat(5_000)))
        .hasToString("Message[say \"" + "x".repeat(240) + "…\" (5000 bytes)]");
    assertThat(Message.builder("c").header("k", "v".repeat(500)).build())
        .hasToString("Message[c {k: " + "v".repeat(120) + "…}]");
  }

  @Test
  void manyHeaders_areCounted() {
    var builder = Message.builder("c");
    for (var i = 0; i < 100; i++) {
      builder.header("header-" + i, "value");
    }

    assertThat(builder.build().toString())
        .startsWith("Message[c {header-0: value, header-1: value, ")
        .containsPattern("header-\\d+: value, and \\d+ more}]$");
  }

  @Test
  void cutInsideCharacter_showsNoBrokenCharacter() {
    assertThat(Message.of("c", "x" + "€".repeat(2_000)).toString())
        .startsWith("Message[c \"x€")
        .contains("€…\" (6001 bytes)")
        .doesNotContain("\ufffd");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "authorization",
        "Authorization",
        "proxy-authorization",
        "cookie",
        "set-cookie",
        "x-auth-token",
        "x-csrf-token",
        "access_token",
        "X-Api-Key",
        "apikey",
        "x-auth",
        "client-secret",
        "password",
        "user-passwd",
        "session-id",
        "x-amz-signature",
        "pass",
        "X-Pass",
        "passcode",
        "x-oauth",
        "x-otp",
        "pin",
        "sessid",
        "encryption-key",
        "x-functions-key",
        "Ocp-Apim-Subscription-Key",
        "nkey",
        "nats-seed",
      })
  void secretHeader_isHidden(String name) {
    assertThat(Message.builder("c").header(name, "hunter2").header("from", "mike").build())
        .hasToString("Message[c {" + name + ": …, from: mike}]");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "author",
        "from",
        "publish",
        "keyboard",
        "id",
        "idempotency-key",
        "bypass",
        "passenger",
        "opinion",
        "pinned",
        "seeds-planted",
        "sec-websocket-key"
      })
  void otherHeader_isShown(String name) {
    assertThat(Message.builder("c").header(name, "hunter2").build())
        .hasToString("Message[c {" + name + ": hunter2}]");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{\"user\":\"mike\",\"password\":\"hunter2\",\"n\":1} | {\"user\":\"mike\",\"password\":…,\"n\":1}",
        "{\"accessToken\": \"hunter2\\\" still\"}          | {\"accessToken\": …}",
        "{\"token\":12345,\"n\":1}                         | {\"token\":…,\"n\":1}",
        "{\"credentials\":{\"u\":\"mike\",\"p\":\"hunter2\"}} | {\"credentials\":…}",
        "{\"secrets\":[\"hunter2\",\"b\"]}                 | {\"secrets\":…}",
        "{\"api_key\":'hunter2'}                           | {\"api_key\":…}",
        "user=mike&password=hunter2&n=1                    | user=mike&password=…&n=1",
        "GET /a?token=hunter2 now                          | GET /a?token=… now",
        "cookie: a=hunter2; b=hunter3                      | cookie: …",
        "Authorization: Basic aHVudGVyMg==                 | Authorization: …",
        "it says Bearer hunter2, twice                     | it says Bearer …, twice",
        "see eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJtaWtlIn0.c2lnbmVk too | see … too",
        "see eyJhbGciOiJIUzI1N                             | see …",
        "wss://mike:hunter2@example.com/                   | wss://…@example.com/",
        "an author: mike, a keyboard: black                | an author: mike, a keyboard: black",
        "basic ideas of tokens                             | basic ideas of tokens",
      })
  void secretInText_isHidden(String text, String shown) {
    assertThat(Message.of("c", text))
        .hasToString("Message[c \"" + shown.replace("\\", "\\\\") + "\"]");
    assertThat(Message.builder("c").header("note", text).build())
        .hasToString("Message[c {note: " + shown.replace("\\", "\\\\") + "}]");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"credentials\":{\"of\":{\"user\":\"mike\"},\"pin\":1,\"p\":\"hunter2\"}}",
        "{\"credentials\":{\"mark\":\"}\",\"p\":\"hunter2\"}}",
        "{\"tokens\":[[\"a\"],\"hunter2\"]}",
        "{\"tokens\":[\"a]b\",\"hunter2\"]}",
        "{'tokens':['a]b','hunter2']}",
        "{\"password\":\"a\\\nhunter2\"}",
        "{\"password\" => \"hunter2\"}",
        "password := \"hunter2\"",
        "user[password]=hunter2&n=1",
        "user%5Bpassword%5D=hunter2&n=1",
        "to=https%3A%2F%2Fexample.com%3Ftoken%3Dhunter2",
        "password: a,hunter2",
        "password: it's hunter2",
        "cookie: a=\"x\"; b=hunter2",
        "authorization: Digest username=\"mike\", response=\"hunter2\"",
        "{\"pass\":\"hunter2\"}",
        "{\"userPass\":\"hunter2\"}",
        "{\"pin\":\"hunter2\"}",
        "{\"otp\":\"hunter2\"}",
        "{\"subscriptionKey\":\"hunter2\"}",
        "<password>hunter2</password>",
        "wss://mike:a@hunter2@example.com/",
        "password='it''s hunter2'",
        "password=a,hunter2&n=1",
        "password=it's;hunter2",
        "{\"secret\":[[[[[[1]]]],\"hunter2\"]]}",
      })
  void secretInVariedSyntax_isHidden(String text) {
    assertThat(Message.of("c", text).toString()).doesNotContain("hunter2");
  }

  @Test
  void secretInCommand_isHidden() {
    assertThat(Message.of("login?token=hunter2", "").toString()).doesNotContain("hunter2");
  }

  @Test
  void secretAcrossCut_isHidden() {
    var padding = "x".repeat(230);
    assertThat(Message.of("c", padding + " password=" + "hunter2".repeat(500)).toString())
        .doesNotContain("hunter2");
  }

  @Test
  void part_showsHeadersAndBody() {
    var message =
        MessageReader.DEFAULT.read(
            "LHTTP/1.0 c\r\nmultipart:0\r\n\r\nauthorization:x\r\ntype:a\r\n\r\nbody"
                .getBytes(StandardCharsets.UTF_8),
            Message.Format.TEXT);

    assertThat(message.parts().get(0)).hasToString("Part[{authorization: …, type: a} \"body\"]");
  }

  @Test
  void anyMessage_isBoundedAndPrintable() {
    var random = new Random(7);
    for (var i = 0; i < 2_000; i++) {
      var builder = Message.builder("c" + letters(random, random.nextInt(100)));
      for (var k = random.nextInt(40); k > 0; k--) {
        builder.header("h" + k, letters(random, random.nextInt(3_000)));
      }
      var body = new byte[random.nextInt(4_000)];
      random.nextBytes(body);
      var message =
          random.nextBoolean()
              ? builder.body(new String(body, ISO_8859_1)).build()
              : builder.body(body).build();

      assertThat(message.toString())
          .hasSizeLessThanOrEqualTo(MOST)
          .doesNotContainPattern("\\p{Cc}");
    }
  }

  private static String letters(Random random, int length) {
    var text = new StringBuilder();
    for (var i = 0; i < length; i++) {
      text.append((char) ('!' + random.nextInt(90)));
    }
    return text.toString().replace(":", ";");
  }
}
