package io.lhttp.app.logging;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.util.List;
import java.util.function.Consumer;
import java.util.logging.LogManager;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.slf4j.LoggerFactory;

/** Events of the JDK's logging APIs reach the server's log. */
class JdkLoggingTest {
  private static final String NAME = "io.lhttp.app.other";

  static List<Consumer<Throwable>> ways() {
    return List.of(
        thrown -> System.getLogger(NAME).log(System.Logger.Level.WARNING, "it {0}", thrown),
        thrown -> System.getLogger(NAME).log(System.Logger.Level.WARNING, () -> "it {0}", thrown),
        thrown ->
            java.util.logging.Logger.getLogger(NAME)
                .log(java.util.logging.Level.WARNING, "it {0}", thrown),
        thrown ->
            java.util.logging.Logger.getLogger(NAME)
                .log(java.util.logging.Level.WARNING, thrown, () -> "it {0}"));
  }

  @ParameterizedTest
  @MethodSource("ways")
  void jdkWarning_isEventWithException(Consumer<Throwable> way) {
    var events = logged(() -> way.accept(new IllegalStateException("no")));

    assertThat(events)
        .singleElement()
        .satisfies(event -> {
          assertThat(event.getLevel()).isEqualTo(Level.WARN);
          assertThat(event.getLoggerName()).isEqualTo(NAME);
          assertThat(event.getFormattedMessage()).isEqualTo("it {0}");
          assertThat(event.getThrowableProxy().getMessage()).isEqualTo("no");
        });
  }

  @Test
  void jdkMessage_hasParametersFilledIn() {
    var events =
        logged(() -> {
          System.getLogger(NAME).log(System.Logger.Level.INFO, "{0} of {1}", 1, "two");
          java.util.logging.Logger.getLogger(NAME)
              .log(java.util.logging.Level.INFO, "{0} of {1}", new Object[] {1, "two"});
        });

    assertThat(events)
        .extracting(ILoggingEvent::getFormattedMessage)
        .containsExactly("1 of two", "1 of two");
  }

  @Test
  void rootLogger_hasOurHandlerAlone() {
    logged(() -> {});

    assertThat(LogManager.getLogManager().getLogger("").getHandlers())
        .singleElement()
        .isInstanceOf(UtilLogging.class);
  }

  private static List<ILoggingEvent> logged(Runnable code) {
    var context = (LoggerContext) LoggerFactory.getILoggerFactory();
    UtilLogging.install(context);
    var logger = context.getLogger(NAME);
    var list = new ListAppender<ILoggingEvent>();
    list.start();
    logger.addAppender(list);
    try {
      code.run();
      return List.copyOf(list.list);
    } finally {
      logger.detachAppender(list);
    }
  }
}
