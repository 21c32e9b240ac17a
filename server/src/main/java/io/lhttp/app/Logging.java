package io.lhttp.app;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.Configurator;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.Layout;
import ch.qos.logback.core.encoder.LayoutWrappingEncoder;
import ch.qos.logback.core.spi.ContextAwareBase;
import java.time.ZoneId;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Logback's configuration: lines to standard error, from INFO on, or from the level that the
 * environment variable {@code LHTTP_LOG} names. Found as a service, which starts faster than XML.
 * What an application's settings say of it comes later.
 */
public final class Logging extends ContextAwareBase implements Configurator {
  private static final String CONSOLE = "console";

  @Override
  public ExecutionStatus configure(LoggerContext context) {
    write(context, new LogLine(ZoneId.systemDefault()));
    context
        .getLogger(Logger.ROOT_LOGGER_NAME)
        .setLevel(Level.toLevel(System.getenv("LHTTP_LOG"), Level.INFO));
    return ExecutionStatus.DO_NOT_INVOKE_NEXT_IF_ANY;
  }

  /** From now on as the settings say. */
  static void apply(LogSettings settings) {
    if (!(LoggerFactory.getILoggerFactory() instanceof LoggerContext context)) {
      return;
    }
    if (settings.format() == LogSettings.Format.JSON) {
      write(context, new LogJson());
    }
    var root = context.getLogger(Logger.ROOT_LOGGER_NAME);
    settings.level().ifPresent(level -> root.setLevel(Level.toLevel(level.name())));
  }

  private static void write(LoggerContext context, Layout<ILoggingEvent> layout) {
    layout.setContext(context);
    layout.start();
    var encoder = new LayoutWrappingEncoder<ILoggingEvent>();
    encoder.setContext(context);
    encoder.setLayout(layout);
    encoder.start();
    var console = new ConsoleAppender<ILoggingEvent>();
    console.setName(CONSOLE);
    console.setContext(context);
    console.setTarget("System.err");
    console.setEncoder(encoder);
    console.start();
    var root = context.getLogger(Logger.ROOT_LOGGER_NAME);
    root.detachAppender(CONSOLE);
    root.addAppender(console);
  }
}
