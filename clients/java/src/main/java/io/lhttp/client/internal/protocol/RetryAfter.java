package io.lhttp.client.internal.protocol;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Reads the pauses that a server requests, in seconds. A longer pause than an hour counts as an
 * hour.
 */
public final class RetryAfter {
  public static final Duration MAX = Duration.ofHours(1);

  private static final String SECONDS = "(\\d{1,9}(?:\\.\\d{1,9})?)";
  private static final Pattern HEADER = Pattern.compile(SECONDS);
  private static final Pattern REASON =
      Pattern.compile("(?:^|[\\s;])retry-after=" + SECONDS + "(?:$|[\\s;])");

  private RetryAfter() {}

  /** Reads the header {@code retry-after}; HTTP dates are ignored. */
  public static Optional<Duration> ofHeader(String value) {
    var matcher = HEADER.matcher(value.strip());
    return matcher.matches() ? Optional.of(seconds(matcher.group(1))) : Optional.empty();
  }

  /** Reads the pause in a close reason such as {@code draining; retry-after=2.5}. */
  public static Optional<Duration> inReason(String reason) {
    var matcher = REASON.matcher(reason);
    return matcher.find() ? Optional.of(seconds(matcher.group(1))) : Optional.empty();
  }

  private static Duration seconds(String digits) {
    var pause = Duration.ofNanos(new BigDecimal(digits).movePointRight(9).longValue());
    return pause.compareTo(MAX) > 0 ? MAX : pause;
  }
}
