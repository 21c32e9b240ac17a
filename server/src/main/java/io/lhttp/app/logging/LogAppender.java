package io.lhttp.app.logging;

import static java.nio.charset.StandardCharsets.UTF_8;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.LoggingEvent;
import ch.qos.logback.core.Layout;
import ch.qos.logback.core.UnsynchronizedAppenderBase;

/**
 * Formats the line of an event on the thread that logs, and passes the line to the {@link
 * LogWriter}.
 */
final class LogAppender extends UnsynchronizedAppenderBase<ILoggingEvent> {
  private final Layout<ILoggingEvent> layout;
  private final LogWriter writer;

  LogAppender(LoggerContext context, Layout<ILoggingEvent> layout, LogWriter writer) {
    this.layout = layout;
    this.writer = writer;
    setContext(context);
    writer.notice(count -> {
      var event =
          new LoggingEvent(
              LogAppender.class.getName(),
              context.getLogger(LogWriter.class),
              Level.WARN,
              "lines were dropped, as nobody read standard error count=" + count,
              null,
              null);
      return layout.doLayout(event).getBytes(UTF_8);
    });
  }

  @Override
  protected void append(ILoggingEvent event) {
    var line = layout.doLayout(event);
    if (!line.isEmpty()) {
      writer.add(line.getBytes(UTF_8));
    }
    HeapWatch.look(event);
  }
}
