package io.lhttp.server.internal.limit;

import java.util.concurrent.atomic.LongAdder;

/** The counters of a server since its start. All threads may use it. */
public final class Counters {
  public final LongAdder opened = new LongAdder();
  public final LongAdder closed = new LongAdder();
  public final LongAdder rejected = new LongAdder();
  public final LongAdder malformed = new LongAdder();
  public final LongAdder slowConsumers = new LongAdder();
  public final LongAdder dropped = new LongAdder();
  final LongAdder acceptFailures = new LongAdder();
  public final LongAdder memoryPauses = new LongAdder();
  public final LongAdder memoryRefusals = new LongAdder();
  public final LongAdder memoryCloses = new LongAdder();

  public Counters() {}

  /** Open WebSocket connections. */
  public long connections() {
    return opened.sum() - closed.sum();
  }

  /** Sockets and handshakes that were refused because of a limit on them. */
  public long rejected() {
    return rejected.sum();
  }

  /** Messages that could not be read. */
  public long malformed() {
    return malformed.sum();
  }

  /** Connections that were closed with 4413. */
  public long slowConsumers() {
    return slowConsumers.sum();
  }

  /** Deliveries that were dropped. */
  public long dropped() {
    return dropped.sum();
  }

  /** How often the server stopped reading a connection that held too much memory. */
  public long memoryPauses() {
    return memoryPauses.sum();
  }

  /** Messages and handshakes that were refused because the server was short of memory. */
  public long memoryRefusals() {
    return memoryRefusals.sum();
  }

  /** Connections that were closed because the server was short of memory. */
  public long memoryCloses() {
    return memoryCloses.sum();
  }

  /** Connections that the kernel could not accept, for example for want of a file descriptor. */
  public long acceptFailures() {
    return acceptFailures.sum();
  }
}
