package io.lhttp.bench;

/** What the driver does to one server: opened once, started once, stopped, closed. */
public interface Workload extends AutoCloseable {
  /** Starts to send; each message that comes back, or each that all have got, lets the next go. */
  void start() throws Exception;

  /** Sends no more. What is under way still arrives. */
  void stop();

  /** Closes the connections. */
  @Override
  void close();
}
