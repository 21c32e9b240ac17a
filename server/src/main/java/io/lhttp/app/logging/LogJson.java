package io.lhttp.app.logging;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.core.LayoutBase;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import org.jspecify.annotations.Nullable;

/**
 * Formats one event as one line of JSON, for programs that collect logs: {@code time}, {@code
 * level}, {@code logger}, {@code thread}, {@code message}, the keys with their values under {@code
 * keys}, and {@code thrown}.
 *
 * <p>The line is printable ASCII, so that clients' texts are harmless in a terminal, too. A text
 * has at most 2,000 characters, a stack trace 16,000.
 */
final class LogJson extends LayoutBase<ILoggingEvent> {
  private static final int TEXT = 2_000;
  private static final int TRACE = 16_000;
  private static final JsonFactory FACTORY =
      JsonFactory.builder().enable(JsonWriteFeature.ESCAPE_NON_ASCII).build();

  @Override
  public String doLayout(ILoggingEvent event) {
    var line = new StringWriter(256);
    try (var json = FACTORY.createGenerator(line)) {
      json.writeStartObject();
      json.writeStringField("time", event.getInstant().toString());
      json.writeStringField("level", event.getLevel().toString());
      json.writeStringField("logger", event.getLoggerName());
      json.writeStringField("thread", capped(event.getThreadName(), TEXT));
      json.writeStringField("message", capped(event.getFormattedMessage(), TEXT));
      keys(json, event);
      if (event.getThrowableProxy() != null) {
        json.writeStringField("thrown", capped(trace(event.getThrowableProxy()), TRACE));
      }
      json.writeEndObject();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return line.append('\n')
        .toString()
        .replace("\u007f", "\\u007f"); // Jackson treats it as printable
  }

  private static void keys(JsonGenerator json, ILoggingEvent event) throws IOException {
    if (event.getKeyValuePairs() == null || event.getKeyValuePairs().isEmpty()) {
      return;
    }
    json.writeObjectFieldStart("keys");
    for (var pair : event.getKeyValuePairs()) {
      json.writeStringField(capped(pair.key, TEXT), capped(String.valueOf(pair.value), TEXT));
    }
    json.writeEndObject();
  }

  private static String trace(IThrowableProxy thrown) {
    var text = new StringBuilder();
    @Nullable IThrowableProxy cause = thrown;
    while (cause != null && text.length() <= TRACE) {
      text.append(text.isEmpty() ? "" : "caused by ").append(cause.getClassName());
      if (cause.getMessage() != null) {
        text.append(": ").append(capped(cause.getMessage(), TEXT));
      }
      text.append('\n');
      for (var frame : cause.getStackTraceElementProxyArray()) {
        if (text.length() > TRACE) {
          break;
        }
        text.append("  ").append(frame.getSTEAsString()).append('\n');
      }
      cause = cause.getCause();
    }
    return text.toString();
  }

  private static String capped(String text, int limit) {
    return text.length() <= limit
        ? text
        : "%s… (%d more)".formatted(text.substring(0, limit), text.length() - limit);
  }
}
