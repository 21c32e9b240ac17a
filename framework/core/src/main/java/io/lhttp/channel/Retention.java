package io.lhttp.channel;

import java.time.Duration;

/**
 * The bounds of a channel's history; entries beyond any of them are forgotten, oldest first.
 *
 * @param messages the most entries
 * @param time the longest time that an entry is kept
 * @param bytes the most bytes
 */
public record Retention(int messages, Duration time, int bytes) {
  /** 100 messages, for 10 minutes, up to 1 MiB. */
  public static final Retention DEFAULT = new Retention(100, Duration.ofMinutes(10), 1 << 20);

  public Retention {
    if (messages < 1 || messages > 100_000 || time.toMillis() < 1 || bytes < 1024) {
      throw new IllegalArgumentException(
          "a history has 1 to 100000 messages, some time and at least 1KiB");
    }
  }
}
