package io.lhttp.pipeline;

import io.lhttp.AttributeKey;
import io.lhttp.Outcome;
import io.lhttp.Processor;
import java.util.LinkedHashSet;
import java.util.Set;

/** A processor under its command. Immutable. */
final class ProcessorLink implements Link {
  /** The commands that a connection has sent, of processors that want to know. */
  static final AttributeKey<Set<String>> OPENED = AttributeKey.of("commands opened");

  final String command;
  final Processor processor;
  private final boolean hooks;

  ProcessorLink(String command, Processor processor) {
    this.command = command;
    this.processor = processor;
    this.hooks =
        Overrides.of(processor, Processor.class, "onOpen")
            || Overrides.of(processor, Processor.class, "onClose");
  }

  @Override
  public Outcome run(RunningExchange exchange) {
    if (!exchange.mayWait() && exchange.rewritten() && processor.mayBlock(exchange.request())) {
      return Failures.refusal(
          "processor",
          command,
          exchange,
          new IllegalStateException(
              "a filter rewrote the message for this processor, which may block, but no filter's"
                  + " mayBlock had said yes to the message"));
    }
    var outer = exchange.enter(command);
    try {
      exchange.forgetRefusal();
      if (hooks && opens(exchange)) {
        processor.onOpen(exchange);
      }
      processor.onMessage(exchange);
      var refusal = exchange.refusal();
      return refusal == null ? Outcome.done() : refusal;
    } catch (Throwable thrown) {
      return Failures.refusal("processor", command, exchange, thrown);
    } finally {
      exchange.leave(outer);
    }
  }

  private boolean opens(RunningExchange exchange) {
    var opened = exchange.connection().attributes().get(OPENED, LinkedHashSet::new);
    return opened.add(command);
  }
}
