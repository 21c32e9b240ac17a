package io.lhttp.internal.chain;

import io.lhttp.Outcome;
import io.lhttp.Processor;
import io.lhttp.internal.measure.Clients;
import io.lhttp.internal.measure.LinkMeter;
import io.lhttp.message.Message;
import org.jspecify.annotations.Nullable;

/** A processor with the command that it handles, owned by a pipeline. Immutable. */
final class ProcessorLink implements Link {
  static final String KIND = "processor";

  /** The link's bit among those whose failures {@link Clients} count. */
  final long bit;

  final String command;
  final Processor processor;
  final @Nullable LinkMeter meter;
  final Failures failures;
  final Blocking blocking;
  final ProcessorHooks hooks;
  private final ContextLoader loader;

  ProcessorLink(
      long bit, Pipeline.NamedProcessor named, @Nullable LinkMeter meter, int generation) {
    this.bit = bit;
    this.command = named.command();
    this.processor = named.processor();
    this.loader = ContextLoader.of(processor);
    this.meter = meter;
    this.failures = new Failures(KIND, command, bit, meter);
    this.blocking =
        Blocking.of(
            processor,
            Processor.class,
            failures.property("mayBlock", generation, processor::mayBlock, true));
    this.hooks = new ProcessorHooks(command, processor, failures, loader);
  }

  @Override
  public Outcome run(RunningExchange exchange) {
    var trace = exchange.trace();
    return trace == null ? measure(exchange) : trace.run(KIND, exchange, this::measure);
  }

  private Outcome measure(RunningExchange exchange) {
    var start = exchange.clock();
    var outcome = process(exchange);
    if (meter != null) {
      meter.count(exchange, exchange.ownTime(start));
      meter.refused(exchange, outcome);
    }
    return outcome;
  }

  private Outcome process(RunningExchange exchange) {
    if (!exchange.mayWait()
        && exchange.rewritten()
        && mayBlock(exchange.request(), exchange.generation())) {
      return failures.refusal(
          exchange,
          new IllegalStateException(
              "a filter with @KeepsRoute rewrote the message for this processor, which may block"));
    }
    var outer = exchange.enter(command);
    var before = loader.enter();
    try {
      if (hooks.takesPart()) {
        hooks.open(exchange);
      }
      if (exchange.refusal() == null) {
        processor.onMessage(exchange);
      }
      var refusal = exchange.refusal();
      return refusal == null ? Outcome.done() : refusal;
    } catch (Throwable thrown) {
      exchange.threw(thrown);
      return failures.refusal(exchange, thrown);
    } finally {
      loader.leave(before);
      exchange.forgetRefusal();
      exchange.leave(outer);
    }
  }

  /**
   * Whether the processor may block while it handles this message; true if it throws when it is
   * asked.
   */
  boolean mayBlock(Message message, int generation) {
    if (blocking != Blocking.ASK) {
      return blocking == Blocking.ALWAYS;
    }
    var before = loader.enter();
    try {
      return processor.mayBlock(message);
    } catch (Throwable thrown) {
      failures.log("mayBlock", "-", generation, thrown);
      return true;
    } finally {
      loader.leave(before);
    }
  }
}
