package io.lhttp.server;

import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * The bytes that may wait in the whole server, written as {@code 40%} of the heap or as {@code
 * 512MiB}.
 *
 * @param percent the share of the heap's largest size; 0 if bytes are given
 * @param bytes the number of bytes; 0 if a percentage is given
 */
public record MemoryShare(int percent, long bytes) {
  public static final MemoryShare DEFAULT = new MemoryShare(40, 0);

  /** The largest share in percent. Applications and garbage need the rest of the heap. */
  private static final int MOST_PERCENT = 80;

  private static final Pattern TEXT = Pattern.compile("(\\d{1,12}) ?([A-Za-z%]*)");
  private static final Map<String, Long> UNITS =
      Map.of("", 1L, "kib", 1L << 10, "mib", 1L << 20, "gib", 1L << 30);

  public MemoryShare {
    if (percent < 0 || percent > MOST_PERCENT || bytes < 0 || (percent == 0) == (bytes == 0)) {
      throw new IllegalArgumentException(
          "a share of memory is 1%% to %d%%, or a number of bytes".formatted(MOST_PERCENT));
    }
  }

  public static MemoryShare ofBytes(long bytes) {
    return new MemoryShare(0, bytes);
  }

  /**
   * Parses {@code 40%} or {@code 512MiB}.
   *
   * @throws IllegalArgumentException with a text that says what was expected
   */
  public static MemoryShare parse(String text) {
    var matcher = TEXT.matcher(text.strip());
    if (matcher.matches()) {
      var number = Long.parseLong(matcher.group(1));
      var unit = matcher.group(2).toLowerCase(Locale.ROOT);
      if (unit.equals("%") && number > 0 && number <= MOST_PERCENT) {
        return new MemoryShare((int) number, 0);
      }
      var factor = UNITS.get(unit);
      if (factor != null && number > 0 && number <= Long.MAX_VALUE / factor) {
        return ofBytes(number * factor);
      }
    }
    throw new IllegalArgumentException(
        "a share of the heap from 1%% to %d%%, or a size such as 512MiB".formatted(MOST_PERCENT));
  }

  /** Returns the number of bytes for a heap of this size, at most 80 % of the heap. */
  public long bytesOf(long heap) {
    return percent > 0
        ? heap / 100 * percent
        : Math.min(bytes, Math.max(1, heap / 100 * MOST_PERCENT));
  }

  @Override
  public String toString() {
    return percent > 0 ? percent + "%" : Long.toString(bytes);
  }
}
