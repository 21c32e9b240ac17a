package io.lhttp.server;

/** Recognises a mistyped word. Stateless. */
final class Typos {
  private Typos() {}

  /** Whether one letter is missing, added or changed, or two neighbours are swapped. */
  static boolean differByOne(String one, String other) {
    var start = 0;
    var shorter = Math.min(one.length(), other.length());
    while (start < shorter && one.charAt(start) == other.charAt(start)) {
      start++;
    }
    var end = 0;
    while (end < shorter - start
        && one.charAt(one.length() - 1 - end) == other.charAt(other.length() - 1 - end)) {
      end++;
    }
    var left = one.substring(start, one.length() - end);
    var right = other.substring(start, other.length() - end);
    return !left.equals(right)
        && ((left.length() <= 1 && right.length() <= 1)
            || (left.length() == 2 && right.contentEquals(new StringBuilder(left).reverse())));
  }
}
