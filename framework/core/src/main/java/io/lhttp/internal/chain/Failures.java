package io.lhttp.internal.chain;

import io.lhttp.Connection;
import io.lhttp.Metric;
import io.lhttp.MetricSource;
import io.lhttp.Outcome;
import io.lhttp.RefusedException;
import io.lhttp.chain.LinkStatistics.Kind;
import io.lhttp.internal.log.Loggable;
import io.lhttp.internal.measure.LinkMeter;
import io.lhttp.internal.measure.LinkMetrics;
import io.lhttp.message.ProtocolException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Handles the exceptions of one link. The log gets the exception, the client only the fact that the
 * link failed. All threads may use it.
 *
 * <p>The log gets at most ten lines a second for each link. Each line counts the lines that were
 * left out before it.
 */
final class Failures {
  private static final Logger log = LoggerFactory.getLogger(Pipeline.class);
  private static final int LINES_PER_SECOND = 10;

  /** A method of a link that gets the connection. */
  @FunctionalInterface
  interface Hook {
    void call(Connection connection) throws Exception;
  }

  private final String kind;
  private final String name;
  private final long bit;
  private final @Nullable LinkMeter meter;

  // Guarded by this object's lock.
  private long second = System.nanoTime();
  private int lines;
  private long unlogged;

  /**
   * @param bit the bit that stands for the link in the chain's sets of links
   */
  Failures(String kind, String name, long bit, @Nullable LinkMeter meter) {
    this.kind = kind;
    this.name = name;
    this.bit = bit;
    this.meter = meter;
  }

  /** The kind of the link: {@code filter} or {@code processor}. */
  String kind() {
    return kind;
  }

  String name() {
    return name;
  }

  /** Counts a failure that another line of the log names. */
  void count() {
    if (meter != null) {
      meter.failed();
    }
  }

  /** Logs and counts the exception; returns the outcome that the client gets. */
  Outcome refusal(RunningExchange exchange, Throwable thrown) {
    return switch (thrown) {
      case RefusedException e -> e.refusal();
      case ProtocolException e when e.status() >= 400 && e.status() <= 599 ->
          Outcome.refused(e.status(), e.reason());
      default -> {
        log(exchange, thrown);
        if (!ExternalCause.of(thrown)) {
          exchange.threw(bit);
        }
        yield exchange.pipeline().failed(thrown);
      }
    };
  }

  /**
   * Asks a link for a property that never changes.
   *
   * @param otherwise the result if the link throws
   */
  boolean property(String event, int generation, BooleanSupplier asked, boolean otherwise) {
    try {
      return asked.getAsBoolean();
    } catch (Throwable thrown) {
      log(event, "-", generation, thrown);
      return otherwise;
    }
  }

  /**
   * Calls a method of the link about a connection, with the link's class loader. An interrupt that
   * another link has left on the thread does not reach the method, nor does one of its own stay.
   *
   * @return false if the method threw
   */
  boolean call(
      String event, ContextLoader loader, Hook hook, Connection connection, int generation) {
    var unused = Thread.interrupted();
    var before = loader.enter();
    try {
      hook.call(connection);
      return true;
    } catch (Throwable thrown) {
      log(event, connection.id(), generation, thrown);
      return false;
    } finally {
      loader.leave(before);
      var unusedToo = Thread.interrupted();
    }
  }

  void log(RunningExchange exchange, Throwable thrown) {
    if (thrown instanceof InterruptedException && exchange.mayWait()) {
      Thread.currentThread().interrupt();
    }
    var trace = exchange.trace();
    if (trace != null) {
      trace.failed();
    }
    log("message", exchange.connection().id(), exchange.generation(), thrown);
  }

  /** Returns the link's own figures, if it is a {@link MetricSource}. */
  Stream<LinkMetrics> metrics(Object link, Kind kind, int generation) {
    return link instanceof MetricSource measured
        ? Stream.of(new LinkMetrics(this.kind, name, () -> metrics(measured, kind, generation)))
        : Stream.empty();
  }

  /** Returns the link's figures; none if the link throws. */
  private List<Metric> metrics(MetricSource link, Kind kind, int generation) {
    try {
      return link.metrics().stream()
          .map(measure -> measure.with("kind", kind.label()).with("link", name))
          .toList();
    } catch (Throwable thrown) {
      log("metrics", "-", generation, thrown);
      return List.of();
    }
  }

  /**
   * Logs and counts an exception.
   *
   * @param event the method of the link that threw
   * @param connection the connection's id, or a dash
   */
  void log(String event, String connection, int generation, Throwable thrown) {
    count();
    long before;
    synchronized (this) {
      var now = System.nanoTime();
      if (now - second >= TimeUnit.SECONDS.toNanos(1)) {
        second = now;
        lines = 0;
      }
      if (lines == LINES_PER_SECOND) {
        unlogged++;
        return;
      }
      lines++;
      before = unlogged;
      unlogged = 0;
    }
    try {
      log.error(
          "{} failed name={} event={} connection={} generation={} unlogged={}",
          kind,
          name,
          event,
          connection,
          generation,
          before,
          Loggable.of(thrown));
    } catch (Throwable unloggable) {
      // The log itself failed; the message still has to get its reply.
    }
  }
}
