package io.lhttp.internal.chain;

import io.lhttp.Connection;
import io.lhttp.Exchange;
import io.lhttp.Processor;

/**
 * Calls one processor's methods of a connection's life. Connections that the processor has opened
 * keep it, so it leads to no other link and no pipeline. Immutable; all threads may use it.
 */
final class ProcessorHooks {
  final String command;
  private final Processor processor;
  private final Failures failures;
  private final ContextLoader loader;
  private final boolean opens;
  private final boolean leaves;
  private final boolean closes;
  private final HookMethod leave;

  ProcessorHooks(String command, Processor processor, Failures failures, ContextLoader loader) {
    this.command = command;
    this.processor = processor;
    this.failures = failures;
    this.loader = loader;
    this.opens = OverriddenMethods.hook(processor, Processor.class, "onOpen", Exchange.class);
    this.leaves = OverriddenMethods.hook(processor, Processor.class, "onLeave", Connection.class);
    this.closes = OverriddenMethods.hook(processor, Processor.class, "onClose", Connection.class);
    this.leave = new HookMethod(processor, "leave", failures, loader, processor::onLeave);
  }

  /** Whether connections must remember that this processor was opened. */
  boolean takesPart() {
    return opens || leaves || closes;
  }

  /** Whether the processor has a method for the end of a connection. */
  boolean closes() {
    return closes;
  }

  /** Whether the processor has a method for its own end while the connection stays open. */
  boolean leaves() {
    return leaves || closes;
  }

  /** Whether both are the same instance for the same command. */
  @SuppressWarnings("ReferenceEquality") // instances of users may equal each other
  boolean same(ProcessorHooks other) {
    return processor == other.processor && command.equals(other.command);
  }

  /** Opens the connection for the processor before its first message. */
  void open(RunningExchange exchange) throws Exception {
    var connection = exchange.connection();
    if (Participants.of(connection).opened(this)) {
      return;
    }
    processor.onOpen(exchange);
    if (exchange.refusal() == null) {
      Participants.of(connection).and(this).keep(connection);
    }
  }

  void leave(ConnectionHooks.HookCaller caller, Connection connection) {
    var unused = caller.call(leave, connection);
  }

  void close(Connection connection, int generation) {
    var unused = failures.call("close", loader, processor::onClose, connection, generation);
  }
}
