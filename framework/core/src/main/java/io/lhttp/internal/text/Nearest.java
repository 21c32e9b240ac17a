package io.lhttp.internal.text;

import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;

/** Guesses which valid name a user meant. */
public final class Nearest {
  private Nearest() {}

  /**
   * Returns the valid name that needs the fewest edits; among equals the first one in the alphabet.
   * Empty if half of the letters would change. A missing end of the name counts as one edit.
   */
  public static Optional<String> to(String name, Collection<String> valid) {
    return valid.stream()
        .filter(candidate -> edits(name, candidate) <= Math.max(name.length(), 3) / 2)
        .min(
            Comparator.comparingInt((String candidate) -> edits(name, candidate))
                .thenComparing(Comparator.naturalOrder()));
  }

  /**
   * Returns the end of an error message: the nearest valid name, or, without one, all valid names.
   */
  public static String hint(String name, Collection<String> valid) {
    return to(name, valid)
        .map(nearest -> ", did you mean '" + nearest + "'?")
        .orElseGet(() -> valid.isEmpty() ? "" : ", expected one of " + String.join(", ", valid));
  }

  private static int edits(String name, String candidate) {
    return name.length() >= 3 && candidate.startsWith(name) ? 1 : EditDistance.of(name, candidate);
  }
}
