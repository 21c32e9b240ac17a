package io.lhttp.server.internal.limit;

import java.util.concurrent.atomic.LongAdder;

/** What happened since the server started. Safe for all threads. */
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

  /** WebSocket connections that are open now. */
  public long connections() {
    return opened.sum() - closed.sum();
  }

  /**
   * Sockets that were closed at once, and handshakes that were refused, because of a limit on them.
   */
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

  /** Deliveries that the policies {@code drop-oldest} and {@code latest} left out. */
  public long dropped() {
    return dropped.sum();
  }

  /** How often a connection was no longer read because it held too much of the server's memory. */
  public long memoryPauses() {
    return memoryPauses.sum();
  }

  /** Messages and handshakes that were refused because the server's memory was spent. */
  public long memoryRefusals() {
    return memoryRefusals.sum();
  }

  /** Connections that were closed because the server's memory was spent. */
  public long memoryCloses() {
    return memoryCloses.sum();
  }

  /** How often the kernel could not hand out a connection: no descriptor was left, for instance. */
  public long acceptFailures() {
    return acceptFailures.sum();
  }
}
