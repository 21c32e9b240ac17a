package io.lhttp.app.cli.client;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lhttp.message.Message;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * {@code connect} reads a typed line as a message or an order and prints each message in one line.
 */
class TypedLineTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "chat hello world          | LHTTP/1.0 chat~~hello world",
        "  chat   two  spaces      | LHTTP/1.0 chat~~two  spaces",
        "chat                      | LHTTP/1.0 chat~~",
        "LHTTP/1.0 chat            | LHTTP/1.0 chat~~",
        "LHTTP/1.0 a\\r\\nb:c\\r\\n\\r\\nx\\ty\\\\ | LHTTP/1.0 a~b:c~~x\ty\\",
      })
  void line_withoutSlash_isMessage(String line, String wire) {
    assertThat(TypedLine.of(line))
        .isInstanceOfSatisfying(
            TypedLine.Send.class,
            send ->
                assertThat(new String(send.message().toBytes(), UTF_8))
                    .isEqualTo(wire.replace("~", "\r\n")));
  }

  @Test
  void line_withSlash_isOrder() {
    assertThat(TypedLine.of("/subscribe a")).isEqualTo(new TypedLine.Subscribe("a"));
    assertThat(TypedLine.of("/unsubscribe a ")).isEqualTo(new TypedLine.Unsubscribe("a"));
    assertThat(TypedLine.of("/publish a chat to all"))
        .isEqualTo(new TypedLine.Publish("a", Message.of("chat", "to all")));
    assertThat(TypedLine.of("/quit")).isEqualTo(new TypedLine.Quit());
    assertThat(TypedLine.of("/help")).isEqualTo(new TypedLine.Help());
    assertThat(TypedLine.of("  ")).isEqualTo(new TypedLine.Nothing());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "/subscribe        | expected /subscribe CHANNEL",
        "/subscribe a b    | expected /subscribe CHANNEL",
        "/publish a        | expected /publish CHANNEL COMMAND BODY",
        "/sing             | unknown: /sing; try /help",
        "LHTTP/2.0 a       | only LHTTP/1.0 is spoken here",
        "LHTTP/1.0 a\\q    | Invalid escape sequence",
      })
  void malformedLine_throws(String line, String message) {
    assertThatThrownBy(() -> TypedLine.of(line))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(message);
  }

  @Test
  void message_isPrintedInOneEscapedLine() {
    var message =
        Message.builder("chat")
            .header("a", "1")
            .header("b", "x y")
            .body("l1\r\nl2\u001b[2J")
            .build();

    assertThat(Printer.line(message)).isEqualTo("chat {a: 1, b: x y} l1\\r\\nl2\\u{1b}[2J");
    assertThat(Printer.line(Message.of("chat", ""))).isEqualTo("chat");
    assertThat(Printer.line(Message.builder("up").body(new byte[] {1, 2}).build()))
        .isEqualTo("up (2 bytes)");
  }
}
