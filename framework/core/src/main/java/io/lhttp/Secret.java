package io.lhttp;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.MessageDigest;
import org.jspecify.annotations.Nullable;

/**
 * A key, token or password of the configuration. Logs and error messages never show its text. Two
 * secrets are equal if their texts are. Immutable.
 *
 * <p>If the options of a filter or processor have a component of this type, a configuration writes
 * the secret as a text, or as {@code file:PATH} for the text of a file.
 */
public final class Secret {
  private final String text;

  private Secret(String text) {
    this.text = text;
  }

  /**
   * Creates a secret.
   *
   * @throws IllegalArgumentException if the text is blank
   */
  public static Secret of(String text) {
    if (text.isBlank()) {
      throw new IllegalArgumentException("expected a secret that is not empty");
    }
    return new Secret(text);
  }

  /** The secret itself; it must not be logged. */
  public String text() {
    return text;
  }

  /** Returns a copy of the text's bytes in UTF-8. */
  public byte[] bytes() {
    return text.getBytes(UTF_8);
  }

  /** Compares texts; the time depends on their lengths, but not on their characters. */
  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Secret secret && MessageDigest.isEqual(bytes(), secret.bytes());
  }

  @Override
  public int hashCode() {
    return text.hashCode();
  }

  /** Returns a placeholder, so that the text stays out of logs. */
  @Override
  public String toString() {
    return "(secret)";
  }
}
