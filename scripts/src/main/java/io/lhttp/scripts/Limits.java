package io.lhttp.scripts;

import java.time.Duration;

/**
 * What scripts may use.
 *
 * @param callTime one call of a handler, a timer or a continuation
 * @param loadTime the module's own statements, once per context
 * @param waitTime an {@code async} handler in all, and how long a call waits for its script thread
 * @param bodyBytes one body that a script makes or fetches
 * @param textLength the longest string, in characters
 * @param attributeBytes attributes of one connection, and of one exchange
 * @param sharedBytes all that is in {@code shared}
 * @param timers timers of one context at a time
 * @param fetches requests of one context at a time
 */
record Limits(
    Duration callTime,
    Duration loadTime,
    Duration waitTime,
    int bodyBytes,
    int textLength,
    int attributeBytes,
    long sharedBytes,
    int timers,
    int fetches) {
  static final Limits DEFAULT =
      new Limits(
          Duration.ofMillis(50),
          Duration.ofSeconds(2),
          Duration.ofSeconds(30),
          1 << 20,
          1 << 24,
          64 << 10,
          64L << 20,
          1_000,
          100);

  /** With as much time as a person takes to look at what happens. */
  Limits patient() {
    var time = Duration.ofHours(1);
    return new Limits(
        time, time, time, bodyBytes, textLength, attributeBytes, sharedBytes, timers, fetches);
  }

  Limits withCallTime(Duration time) {
    return new Limits(
        time,
        loadTime,
        waitTime,
        bodyBytes,
        textLength,
        attributeBytes,
        sharedBytes,
        timers,
        fetches);
  }

  Limits withAttributeBytes(int bytes) {
    return new Limits(
        callTime, loadTime, waitTime, bodyBytes, textLength, bytes, sharedBytes, timers, fetches);
  }

  Limits withBodyBytes(int bytes) {
    return new Limits(
        callTime,
        loadTime,
        waitTime,
        bytes,
        textLength,
        attributeBytes,
        sharedBytes,
        timers,
        fetches);
  }

  Limits withSharedBytes(long bytes) {
    return new Limits(
        callTime,
        loadTime,
        waitTime,
        bodyBytes,
        textLength,
        attributeBytes,
        bytes,
        timers,
        fetches);
  }
}
