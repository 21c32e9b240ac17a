package io.lhttp;

import java.util.List;

/**
 * The secrets that are valid for one purpose: one, or two while one replaces the other. A verifier
 * accepts each of them; a signer signs with the first, and then with the second.
 *
 * @param all one or two
 */
public record Secrets(List<Secret> all) {
  /** The most secrets that are valid at a time. */
  public static final int MOST = 2;

  /**
   * @throws IllegalArgumentException if there is no secret, or more than two
   */
  public Secrets {
    all = List.copyOf(all);
    if (all.isEmpty() || all.size() > MOST) {
      throw new IllegalArgumentException(
          "expected one secret, or two while one replaces the other, not " + all.size());
    }
  }

  /** Returns the only secret that is valid. */
  public static Secrets of(String secret) {
    return new Secrets(List.of(Secret.of(secret)));
  }

  /** Returns two secrets that are valid at the same time. */
  public static Secrets of(String first, String second) {
    return new Secrets(List.of(Secret.of(first), Secret.of(second)));
  }
}
