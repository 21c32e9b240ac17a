package io.lhttp.chain;

/** What becomes of a message when a filter throws. */
public enum OnError {
  /** It is refused with 500: nothing passes a filter that failed. */
  REFUSE,
  /** It goes on as if the filter were not there; for filters that only watch. */
  SKIP
}
