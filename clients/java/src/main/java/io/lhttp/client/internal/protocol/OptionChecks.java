package io.lhttp.client.internal.protocol;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Locale;

/** Checks the options of a client or publisher; each exception names the option and its value. */
public final class OptionChecks {
  private OptionChecks() {}

  public static Duration positive(String name, Duration duration) {
    if (duration.isNegative() || duration.isZero()) {
      throw new IllegalArgumentException(name + " is not positive: " + duration);
    }
    return duration;
  }

  public static int atLeast(String name, int least, int value) {
    if (value < least) {
      throw new IllegalArgumentException("%s is at least %d: %d".formatted(name, least, value));
    }
    return value;
  }

  /**
   * Requires a host and one of these schemes.
   *
   * @param expected the beginning of the exception's text
   */
  public static URI address(URI address, String expected, String... schemes) {
    var scheme = String.valueOf(address.getScheme()).toLowerCase(Locale.ROOT);
    if (!List.of(schemes).contains(scheme) || address.getHost() == null) {
      throw new IllegalArgumentException(expected + ", this is not: " + address);
    }
    return address;
  }
}
