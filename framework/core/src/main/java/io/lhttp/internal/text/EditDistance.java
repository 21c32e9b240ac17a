package io.lhttp.internal.text;

import java.util.Locale;

/** Measures how far a mistyped word is from another one. Stateless. */
public final class EditDistance {
  private EditDistance() {}

  /**
   * Returns the number of letters to insert, delete, replace or swap with their neighbour. Upper
   * and lower case count as equal.
   */
  public static int of(String from, String to) {
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
