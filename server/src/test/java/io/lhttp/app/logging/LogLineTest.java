package io.lhttp.app.logging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.LoggingEvent;
import io.lhttp.scripts.ScriptHost;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.slf4j.event.KeyValuePair;

/** The line layout writes each event as one escaped line. */
class LogLineTest {
  private final LogLine line = new LogLine(ZoneOffset.UTC);

  @Test
  void event_isLineWithKeys() {
    var event = event("published {}", null, 3);
    event.addKeyValuePair(new KeyValuePair("channel", "a b"));

    assertThat(line.doLayout(event))
        .isEqualTo("1970-01-01 00:00:01.000 INFO Session  published 3 channel=a b\n");
  }

  @Test
  void controlCharacters_areEscaped() {
    var event = event("command {}", null, "x\r\n1970 INFO forged \u001b[31m\u009b\u202e");
    event.addKeyValuePair(new KeyValuePair("k\n", "v\n"));

    assertThat(line.doLayout(event))
        .endsWith("command x\\r\\n1970 INFO forged \\u{1b}[31m\\u{9b}\\u{202e} k\\n=v\\n\n")
        .containsOnlyOnce("\n");
  }

  @Test
  void longText_isShortened() {
    assertThat(line.doLayout(event("{}", null, "x".repeat(5_000))))
        .endsWith("x… (3000 more)\n")
        .hasSizeLessThan(2_100);
  }

  @Test
  void exceptionMessage_isEscaped() {
    var thrown = new IllegalStateException("a\nb", new RuntimeException("\u001b[2J"));

    assertThat(line.doLayout(event("failed", thrown)).lines())
        .contains("  java.lang.IllegalStateException: a\\nb")
        .contains("  caused by java.lang.RuntimeException: \\u{1b}[2J")
        .anyMatch(frame -> frame.startsWith("    at io.lhttp.app.logging.LogLineTest."));
  }

  @Test
  void scriptFailure_showsPositionAndSourceLine(@TempDir Path folder) throws IOException {
    Files.writeString(
        folder.resolve("f.js"),
        "export function before() {}\n\tthrow new Error('no' + '\\u001b[31m\\r\\u202e');\n");
    try (var host = ScriptHost.builder().eventLoops(1).build()) {
      var script = host.read(folder, Path.of("f.js"));
      var thrown = catchThrowable(() -> script.filter("f", Map.of()));

      assertThat(line.doLayout(event("script failed name={}", thrown, "f")))
          .endsWith(
              """
              script failed name=f
                f.js:2:8: Error: no [31m \\u{202e}
                      throw new Error('no' + '\\u001b[31m\\r\\u202e');
                            ^
                    at module (f.js:2)
              """);
    }
  }

  @Test
  void scriptLog_isNamedByItsFile() {
    var logger = new LoggerContext().getLogger("script.filters/f.js");
    var event = new LoggingEvent("", logger, Level.INFO, "hi", null, new Object[0]);
    event.setInstant(Instant.ofEpochSecond(1));

    assertThat(line.doLayout(event)).endsWith(" INFO filters/f.js  hi\n");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {"plain text|plain text", "grüße 😀|grüße 😀", "a\tb|a\\tb", "\uD800|\\u{d800}"})
  void printable_escapesUnprintableCharactersOnly(String text, String printed) {
    assertThat(Printable.of(text, 100)).isEqualTo(printed);
  }

  private static LoggingEvent event(
      String message, @Nullable Throwable thrown, Object... arguments) {
    var logger = new LoggerContext().getLogger("io.lhttp.server.internal.connection.Session");
    var event = new LoggingEvent("", logger, Level.INFO, message, thrown, arguments);
    event.setInstant(Instant.ofEpochSecond(1));
    return event;
  }
}
