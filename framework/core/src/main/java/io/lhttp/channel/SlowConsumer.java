package io.lhttp.channel;

/** The policy of a channel for a connection whose outbound queue is full. */
public enum SlowConsumer {
  /** The server closes the connection with 4413. */
  CLOSE,
  /**
   * The server drops the channel's oldest waiting deliveries; the next delivery counts them in
   * {@code missed}.
   */
  DROP_OLDEST,
  /**
   * The server drops all waiting deliveries of the channel but the newest, which counts them in
   * {@code missed}.
   */
  LATEST
}
