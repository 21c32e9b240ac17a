package io.lhttp.pipeline;

import io.lhttp.Outcome;
import io.lhttp.RefusedException;
import io.lhttp.message.ProtocolException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What is thrown in a link: the operator reads everything, the client only that it failed. */
final class Failures {
  private static final Logger log = LoggerFactory.getLogger(Pipeline.class);

  private Failures() {}

  static Outcome refusal(String kind, String name, RunningExchange exchange, Throwable thrown) {
    return switch (thrown) {
      case RefusedException e -> e.refusal();
      case ProtocolException e -> Outcome.refused(e.status(), e.reason());
      default -> {
        log(kind, name, exchange, thrown);
        yield Outcome.refused(500, "the server failed");
      }
    };
  }

  static void log(String kind, String name, RunningExchange exchange, Throwable thrown) {
    if (thrown instanceof InterruptedException) {
      Thread.currentThread().interrupt();
    }
    log.error(
        "{} failed name={} connection={} generation={}",
        kind,
        name,
        exchange.connection().id(),
        exchange.generation(),
        thrown);
  }

  static void log(String kind, String name, String event, String connection, Throwable thrown) {
    log.error("{} failed name={} event={} connection={}", kind, name, event, connection, thrown);
  }
}
