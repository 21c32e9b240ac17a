package io.lhttp.app.logging;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxy;
import ch.qos.logback.core.LayoutBase;
import io.lhttp.control.Actor;
import io.lhttp.control.AuditLog;
import io.lhttp.scripts.ScriptException;
import java.util.Optional;
import java.util.function.Function;

/**
 * Formats events for the terminal of a developer: as {@link LogLine} does, but a failure of the
 * application's code is explained, and a repeated one takes one line. All threads may use it.
 */
final class DeveloperLine extends LayoutBase<ILoggingEvent> {
  private static final String AUDIT = AuditLog.class.getName();

  private final LogLine plain;
  private final Function<Throwable, Optional<FailureExplanation>> explanation;
  private final Repetitions repetitions;

  /**
   * @param explanation explains exceptions of Java code; empty for those of the server itself
   */
  DeveloperLine(
      LogLine plain,
      Function<Throwable, Optional<FailureExplanation>> explanation,
      Repetitions repetitions) {
    this.plain = plain;
    this.explanation = explanation;
    this.repetitions = repetitions;
  }

  /**
   * Returns the lines of an event; empty if it repeats one that was shown a moment ago, or if it
   * audits a reload of the server's own watch, which the command shows itself.
   */
  @Override
  public String doLayout(ILoggingEvent event) {
    if (ofWatch(event)) {
      return "";
    }
    var explained = explained(event);
    if (explained.isEmpty()) {
      return plain.doLayout(event);
    }
    var summary = explained.get().summary();
    var times = repetitions.count(summary);
    if (times == 0) {
      return "";
    }
    var line = plain.head(event);
    return times == 1
        ? line.append('\n').append(LogLine.indented(explained.get().lines().get())).toString()
        : line.append(" again, the ")
            .append(ordinal(times))
            .append(" time: ")
            .append(LogLine.printable(summary))
            .append('\n')
            .toString();
  }

  private static boolean ofWatch(ILoggingEvent event) {
    return event.getLoggerName().equals(AUDIT)
        && event.getKeyValuePairs() != null
        && event.getKeyValuePairs().stream()
            .anyMatch(pair ->
                pair.key.equals("actor")
                    && pair.value instanceof Actor actor
                    && actor.kind() == Actor.Kind.SERVER)
        && event.getKeyValuePairs().stream()
            .anyMatch(pair -> pair.key.equals("method") && "reload".equals(pair.value));
  }

  private Optional<FailureExplanation> explained(ILoggingEvent event) {
    return event.getThrowableProxy() instanceof ThrowableProxy proxy
        ? proxy.getThrowable() instanceof ScriptException failed
            ? Optional.of(new FailureExplanation(failed.summary(), failed::explanation))
            : explanation.apply(proxy.getThrowable())
        : Optional.empty();
  }

  private static String ordinal(long number) {
    var ending =
        number % 100 / 10 == 1
            ? "th"
            : switch ((int) (number % 10)) {
              case 1 -> "st";
              case 2 -> "nd";
              case 3 -> "rd";
              default -> "th";
            };
    return number + ending;
  }
}
