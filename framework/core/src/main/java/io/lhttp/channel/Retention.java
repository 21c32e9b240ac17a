package io.lhttp.channel;

import java.time.Duration;

/**
 * How much of a channel is remembered: what is over any of these is forgotten, oldest first.
 *
 * @param messages at most so many
 * @param time at most for so long
 * @param bytes at most so much
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
