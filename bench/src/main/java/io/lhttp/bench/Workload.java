package io.lhttp.bench;

/** A load on one server: opened once, started once, stopped, closed. */
public interface Workload extends AutoCloseable {
  /**
   * Starts to send. In a closed loop each answer, or each message that all subscribers have
   * received, triggers the next one.
   */
  void start() throws Exception;

  /** Stops sending. Messages under way still arrive. */
  void stop();

  /** Closes the connections. */
  @Override
  void close();
}
