package io.lhttp.spring;

import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * A number of bytes, written as in {@code lhttp.yaml}: {@code 4096}, {@code 64KiB} (a power of
 * 1024) or {@code 64KB} (a power of 1000).
 */
public record ByteSize(long bytes) {
  private static final Pattern TEXT = Pattern.compile("(\\d{1,18})\\s*([A-Za-z]*)");
  private static final Map<String, Long> UNITS =
      Map.of(
          "",
          1L,
          "kb",
          1_000L,
          "mb",
          1_000_000L,
          "gb",
          1_000_000_000L,
          "kib",
          1L << 10,
          "mib",
          1L << 20,
          "gib",
          1L << 30);

  /**
   * Reads a size.
   *
   * @throws IllegalArgumentException with a text that says what was expected
   */
  public static ByteSize valueOf(String text) {
    var matcher = TEXT.matcher(text.strip());
    if (matcher.matches()) {
      var factor = UNITS.get(matcher.group(2).toLowerCase(Locale.ROOT));
      var number = Long.parseLong(matcher.group(1));
      if (factor != null && number <= Long.MAX_VALUE / factor) {
        return new ByteSize(number * factor);
      }
    }
    throw new IllegalArgumentException("expected a size such as 64KiB, 1MB or 4096 (bytes)");
  }

  /**
   * The bytes as an {@code int}.
   *
   * @throws IllegalArgumentException from 2 GiB on
   */
  int asInt() {
    if (bytes > Integer.MAX_VALUE) {
      throw new IllegalArgumentException("expected a size below 2GiB, not " + bytes);
    }
    return (int) bytes;
  }
}
