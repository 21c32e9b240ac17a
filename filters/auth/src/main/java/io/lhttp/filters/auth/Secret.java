package io.lhttp.filters.auth;

import static java.nio.charset.StandardCharsets.UTF_8;

/** A secret text, which logs and error messages never show. Immutable. */
public final class Secret {
  private final String text;

  private Secret(String text) {
    this.text = text;
  }

  /**
   * Creates a secret.
   *
   * @throws IllegalArgumentException if the text is empty
   */
  public static Secret parse(String text) {
    if (text.isBlank()) {
      throw new IllegalArgumentException("a secret that is not empty");
    }
    return new Secret(text);
  }

  byte[] bytes() {
    return text.getBytes(UTF_8);
  }

  @Override
  public String toString() {
    return "(secret)";
  }
}
