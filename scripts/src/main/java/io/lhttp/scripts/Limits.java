package io.lhttp.scripts;

import java.time.Duration;

/**
 * The limits of scripts. The limits of calls and of loading count CPU time of the thread.
 *
 * @param callTime the longest CPU time of one call of a handler, a timer or a continuation
 * @param firstCalls the factor by which a context's first calls may take longer, until they have
 *     run for this many {@code callTime}s together or were 10,000
 * @param loadTime the longest CPU time of the module's own statements, once per context
 * @param waitTime the longest time of an {@code async} handler, and the longest time that a call
 *     waits for its script thread
 * @param bodyBytes the most bytes of one body that a script creates or fetches
 * @param textLength the longest string, in characters
 * @param attributeBytes the most bytes of scripts' attributes of one connection, and of one
 *     exchange
 * @param sharedBytes the most bytes of all entries of {@code shared}
 * @param timers the most pending timers of one context
 * @param fetches the most requests by {@code fetch} that are under way; of one client at most half
 */
public record Limits(
    Duration callTime,
    int firstCalls,
    Duration loadTime,
    Duration waitTime,
    int bodyBytes,
    int textLength,
    int attributeBytes,
    long sharedBytes,
    int timers,
    int fetches) {
  public static final Limits DEFAULT =
      new Limits(
          Duration.ofMillis(50),
          40,
          Duration.ofSeconds(10),
          Duration.ofSeconds(30),
          1 << 20,
          1 << 24,
          64 << 10,
          64L << 20,
          1_000,
          100);

  /** Returns the same limits with times that are long enough for a person at a breakpoint. */
  Limits patient() {
    var time = Duration.ofHours(1);
    return with(time, 1, time, time);
  }

  /** Returns the same limits without time limits, for scripts of the host itself. */
  Limits timeless() {
    var ever = Duration.ofDays(365);
    return with(ever, 1, ever, waitTime);
  }

  /** Returns the same limits with this call time, for first and later calls alike. */
  Limits withCallTimeFromTheFirst(Duration time) {
    return with(time, 1, loadTime, waitTime);
  }

  Limits withCallTime(Duration time) {
    return with(time, firstCalls, loadTime, waitTime);
  }

  Limits withFirstCalls(int times) {
    return with(callTime, times, loadTime, waitTime);
  }

  Limits withLoadTime(Duration time) {
    return with(callTime, firstCalls, time, waitTime);
  }

  Limits withAttributeBytes(int bytes) {
    return with(bodyBytes, bytes, sharedBytes, fetches);
  }

  Limits withBodyBytes(int bytes) {
    return with(bytes, attributeBytes, sharedBytes, fetches);
  }

  Limits withSharedBytes(long bytes) {
    return with(bodyBytes, attributeBytes, bytes, fetches);
  }

  Limits withFetches(int requests) {
    return with(bodyBytes, attributeBytes, sharedBytes, requests);
  }

  private Limits with(Duration call, int first, Duration load, Duration wait) {
    return new Limits(
        call,
        first,
        load,
        wait,
        bodyBytes,
        textLength,
        attributeBytes,
        sharedBytes,
        timers,
        fetches);
  }

  private Limits with(int body, int attributes, long shared, int requests) {
    return new Limits(
        callTime,
        firstCalls,
        loadTime,
        waitTime,
        body,
        textLength,
        attributes,
        shared,
        timers,
        requests);
  }
}
