package io.lhttp.chain;

/** The policy for a message whose filter throws. */
public enum OnError {
  /** The server refuses the message with 500, so that no message passes a filter that failed. */
  REFUSE,
  /** The message continues without the filter; for filters that only observe. */
  SKIP
}
