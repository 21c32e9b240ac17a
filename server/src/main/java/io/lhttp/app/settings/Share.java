package io.lhttp.app.settings;

import java.util.regex.Pattern;

/**
 * A share of something: {@code 1/100}, {@code 0.01} or {@code 1}.
 *
 * @param value from 0 to 1
 */
public record Share(double value) {
  private static final String EXPECTED = "a share from 0 to 1 such as 1/100, 0.01 or 1";
  private static final Pattern FRACTION = Pattern.compile("(\\d{1,9})/(\\d{1,9})");
  private static final Pattern DECIMAL = Pattern.compile("\\d{1,9}(\\.\\d{1,18})?");

  public Share {
    if (!(value >= 0 && value <= 1)) {
      throw new IllegalArgumentException(EXPECTED);
    }
  }

  /**
   * Reads a fraction or a decimal number.
   *
   * @throws IllegalArgumentException whose message completes "expected …"
   */
  public static Share parse(String text) {
    var fraction = FRACTION.matcher(text);
    if (fraction.matches()) {
      var of = Integer.parseInt(fraction.group(2));
      if (of == 0) {
        throw new IllegalArgumentException(EXPECTED);
      }
      return new Share((double) Integer.parseInt(fraction.group(1)) / of);
    }
    if (!DECIMAL.matcher(text).matches()) {
      throw new IllegalArgumentException(EXPECTED);
    }
    return new Share(Double.parseDouble(text));
  }
}
