package io.lhttp.app.api.json;

import java.util.Optional;

/**
 * Thrown for a JSON text that does not fit. All texts are for the sender; they quote nothing but
 * its own text.
 */
public final class BadInput extends Exception {
  private static final long serialVersionUID = 1;

  /** The most characters of a value that an error quotes. */
  private static final int QUOTED = 200;

  private final String path;
  private final String value;
  private final String expected;
  private final String nearest;

  BadInput(String message, JsonPath path, String value, String expected, String nearest) {
    super(message);
    this.path = path.toString();
    this.value = shortened(value);
    this.expected = expected;
    this.nearest = nearest;
  }

  /** Creates an error about the whole text. */
  public static BadInput of(String message) {
    return new BadInput(message, JsonPath.ROOT, "", "", "");
  }

  public String message() {
    return String.valueOf(getMessage());
  }

  /** The place in the text, as a path of RFC 9535. */
  public String path() {
    return path;
  }

  /** The value there, as JSON; perhaps shortened. */
  public Optional<String> value() {
    return present(value);
  }

  /** The description of a valid value; completes "expected …". */
  public Optional<String> expected() {
    return present(expected);
  }

  /** The valid name that is nearest to a misspelt one. */
  public Optional<String> nearest() {
    return present(nearest);
  }

  private static Optional<String> present(String text) {
    return Optional.of(text).filter(one -> !one.isEmpty());
  }

  private static String shortened(String text) {
    return text.length() <= QUOTED ? text : text.substring(0, QUOTED) + "…";
  }
}
