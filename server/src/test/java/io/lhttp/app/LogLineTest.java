package io.lhttp.app;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.LoggingEvent;
import java.time.Instant;
import java.time.ZoneOffset;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.slf4j.event.KeyValuePair;

class LogLineTest {
  private final LogLine line = new LogLine(ZoneOffset.UTC);

  @Test
  void anEventIsALineWithItsKeys() {
    var event = event("published {}", null, 3);
    event.addKeyValuePair(new KeyValuePair("channel", "a b"));

    assertThat(line.doLayout(event))
        .isEqualTo("1970-01-01 00:00:01.000 INFO Session  published 3 channel=a b\n");
  }

  @Test
  void whatAClientSentCannotBeginALineOrColourTheTerminal() {
    var event = event("command {}", null, "x\r\n1970 INFO forged \u001b[31m\u009b\u202e");
    event.addKeyValuePair(new KeyValuePair("k\n", "v\n"));

    assertThat(line.doLayout(event))
        .endsWith("command x\\r\\n1970 INFO forged \\u{1b}[31m\\u{9b}\\u{202e} k\\n=v\\n\n")
        .containsOnlyOnce("\n");
  }

  @Test
  void lengthsAreCapped() {
    assertThat(line.doLayout(event("{}", null, "x".repeat(5_000))))
        .endsWith("x… (3000 more)\n")
        .hasSizeLessThan(2_100);
  }

  @Test
  void anExceptionsMessageIsEscapedToo() {
    var thrown = new IllegalStateException("a\nb", new RuntimeException("\u001b[2J"));

    assertThat(line.doLayout(event("failed", thrown)).lines())
        .contains("  java.lang.IllegalStateException: a\\nb")
        .contains("  caused by java.lang.RuntimeException: \\u{1b}[2J")
        .anyMatch(frame -> frame.startsWith("    at io.lhttp.app.LogLineTest."));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {"plain text|plain text", "grüße 😀|grüße 😀", "a\tb|a\\tb", "\uD800|\\u{d800}"})
  void whatCanBePrintedIsLeftAlone(String text, String printed) {
    assertThat(Printable.of(text, 100)).isEqualTo(printed);
  }

  private static LoggingEvent event(
      String message, @Nullable Throwable thrown, Object... arguments) {
    var logger = new LoggerContext().getLogger("io.lhttp.server.Session");
    var event = new LoggingEvent("", logger, Level.INFO, message, thrown, arguments);
    event.setInstant(Instant.ofEpochSecond(1));
    return event;
  }
}
