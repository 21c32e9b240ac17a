package io.lhttp.channel;

/** The policy of a channel for a connection whose outbound queue is full. */
public enum SlowConsumer {
  /** The server closes the connection with 4413. */
  CLOSE,
  /**
   * The channel's oldest deliveries are dropped; the next delivery counts them in {@code missed}.
   */
  DROP_OLDEST,
  /**
   * All but the channel's newest delivery are dropped; the next delivery counts them in {@code
   * missed}.
   */
  LATEST
}
