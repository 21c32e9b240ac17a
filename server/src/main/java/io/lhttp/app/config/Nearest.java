package io.lhttp.app.config;

import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;
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
    return name.length() >= 3 && candidate.startsWith(name) ? 1 : distance(name, candidate);
  }

  /**
   * Returns the number of letters to insert, delete, replace or swap with their neighbour. Upper
   * and lower case count as equal.
   */
  static int distance(String from, String to) {
    var a = from.toLowerCase(Locale.ROOT);
    var b = to.toLowerCase(Locale.ROOT);
    var costs = new int[a.length() + 1][b.length() + 1];
    for (var i = 0; i <= a.length(); i++) {
      for (var j = 0; j <= b.length(); j++) {
        if (i == 0 || j == 0) {
          costs[i][j] = i + j;
          continue;
        }
        var replaced = costs[i - 1][j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        costs[i][j] = Math.min(replaced, 1 + Math.min(costs[i - 1][j], costs[i][j - 1]));
        if (i > 1
            && j > 1
            && a.charAt(i - 1) == b.charAt(j - 2)
            && a.charAt(i - 2) == b.charAt(j - 1)) {
          costs[i][j] = Math.min(costs[i][j], 1 + costs[i - 2][j - 2]);
        }
      }
    }
    return costs[a.length()][b.length()];
  }
}
