package io.lhttp.channel;

/** What becomes of a channel's deliveries to a connection whose queue is full. */
public enum SlowConsumer {
  /** The connection is closed with 4413. */
  CLOSE,
  /** The oldest deliveries of the channel make room; the client is told how many it missed. */
  DROP_OLDEST,
  /** Only the newest delivery of the channel waits; the client is told how many it missed. */
  LATEST
}
