package io.lhttp.internal.text;

import java.time.Duration;

/** Writes durations for people. Stateless. */
public final class DurationText {
  private DurationText() {}

  /** Returns milliseconds below 10 seconds, and seconds from there on: "9999 ms", "10 s". */
  public static String inWords(Duration time) {
    return time.toMillis() < 10_000 ? time.toMillis() + " ms" : time.toSeconds() + " s";
  }
}
