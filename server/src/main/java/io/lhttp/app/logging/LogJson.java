package io.lhttp.app.logging;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.core.LayoutBase;
import io.lhttp.internal.text.Json;
import io.lhttp.internal.text.JsonObject;
import org.jspecify.annotations.Nullable;
import org.slf4j.event.KeyValuePair;

/**
 * Formats one event as one line of JSON, for programs that collect logs: {@code time}, {@code
 * level}, {@code logger}, {@code thread}, {@code message}, the keys with their values under {@code
 * keys}, and {@code thrown}.
 *
 * <p>The line is printable ASCII, so that a client's text can't control a terminal. A text is cut
 * after 2,000 characters, a stack trace after 16,000.
 */
final class LogJson extends LayoutBase<ILoggingEvent> {
  private static final int TEXT = 2_000;
  private static final int TRACE = 16_000;

  @Override
  public String doLayout(ILoggingEvent event) {
    return Json.line(to -> {
      to.text("time", event.getInstant().toString())
          .text("level", event.getLevel().toString())
          .text("logger", event.getLoggerName())
          .text("thread", capped(event.getThreadName(), TEXT))
          .text("message", capped(event.getFormattedMessage(), TEXT));
      var pairs = event.getKeyValuePairs();
      if (pairs != null && !pairs.isEmpty()) {
        to.object("keys", keys -> pairs.forEach(pair -> add(keys, pair)));
      }
      if (event.getThrowableProxy() != null) {
        to.text("thrown", capped(trace(event.getThrowableProxy()), TRACE));
      }
    });
  }

  private static void add(JsonObject keys, KeyValuePair pair) {
    keys.text(capped(pair.key, TEXT), capped(String.valueOf(pair.value), TEXT));
  }

  private static String trace(IThrowableProxy thrown) {
    var text = new StringBuilder();
    @Nullable IThrowableProxy cause = thrown;
    while (cause != null && text.length() <= TRACE) {
      text.append(text.isEmpty() ? "" : "caused by ")
          .append(capped(LogLine.text(cause), TEXT))
          .append('\n');
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
