package io.lhttp.app.logging;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.LoggingEvent;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.slf4j.event.KeyValuePair;

/** The JSON layout writes each event as one escaped object in one line. */
class LogJsonTest {
  private static final String HOSTILE =
      "x\r\n{\"level\":\"forged\"} \u001b[31m\u009b\u202e\u007f\"\\";

  @Test
  void event_isJsonObjectOnOneLine() throws Exception {
    var event = event("published {}", null, 3);
    event.addKeyValuePair(new KeyValuePair("channel", "a b"));

    var json = read(event);
    assertThat(json.get("time").asText()).isEqualTo("1970-01-01T00:00:01Z");
    assertThat(json.get("level").asText()).isEqualTo("INFO");
    assertThat(json.get("logger").asText())
        .isEqualTo("io.lhttp.server.internal.connection.Session");
    assertThat(json.get("message").asText()).isEqualTo("published 3");
    assertThat(json.get("keys").get("channel").asText()).isEqualTo("a b");
    assertThat(json.has("thrown")).isFalse();
  }

  @Test
  void hostileText_isEscapedAndParsesBackUnchanged() throws Exception {
    var event = event("{}", new IllegalStateException(HOSTILE), HOSTILE);
    event.addKeyValuePair(new KeyValuePair(HOSTILE, HOSTILE));

    var line = new LogJson().doLayout(event);
    assertThat(line).endsWith("\n").containsOnlyOnce("\n");
    assertThat(line.strip().chars()).allMatch(c -> c >= ' ' && c < 0x7f);
    assertThat(read(event).get("message").asText()).isEqualTo(HOSTILE);
    assertThat(read(event).get("keys").get(HOSTILE).asText()).isEqualTo(HOSTILE);
    assertThat(read(event).get("thrown").asText()).contains(HOSTILE, "LogJsonTest");
  }

  @Test
  void longTexts_areShortened() throws Exception {
    var event = event("{}", new IllegalStateException("x".repeat(90_000)), "x".repeat(90_000));

    assertThat(new LogJson().doLayout(event)).hasSizeLessThan(20_000);
    assertThat(read(event).get("message").asText()).endsWith("x… (88000 more)");
  }

  private static JsonNode read(LoggingEvent event) throws Exception {
    return new ObjectMapper().readTree(new LogJson().doLayout(event));
  }

  private static LoggingEvent event(String message, @Nullable Throwable thrown, Object... args) {
    var logger = new LoggerContext().getLogger("io.lhttp.server.internal.connection.Session");
    var event = new LoggingEvent("", logger, Level.INFO, message, thrown, args);
    event.setInstant(Instant.ofEpochSecond(1));
    event.setThreadName("main");
    return event;
  }
}
