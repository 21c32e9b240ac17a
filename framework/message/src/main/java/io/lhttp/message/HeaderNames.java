package io.lhttp.message;

/**
 * A set of header names that many messages are searched for. It answers for each header of a
 * message at once, however many names it has. Immutable; all threads may use it.
 */
public final class HeaderNames {
  private final String[] names;

  /** For each name, the bit of its {@link #hash}. */
  private final long hashes;

  private HeaderNames(String[] names) {
    this.names = names;
    var all = 0L;
    for (var name : names) {
      all |= 1L << hash(name.charAt(0), name.length());
    }
    this.hashes = all;
  }

  /**
   * Creates a set of names. Names compare without case.
   *
   * @throws IllegalArgumentException if a name is malformed
   */
  public static HeaderNames of(String... names) {
    for (var name : names) {
      Syntax.requireName(name);
    }
    return new HeaderNames(names.clone());
  }

  /** Whether the bytes from {@code start} are one of the names. */
  boolean contains(byte[] bytes, int start, int end) {
    if (((hashes >>> hash(bytes[start], end - start)) & 1) == 0) {
      return false;
    }
    for (var name : names) {
      if (Syntax.equalsIgnoreCase(bytes, start, end, name)) {
        return true;
      }
    }
    return false;
  }

  /** A copy of the names. */
  String[] names() {
    return names.clone();
  }

  /** A number below 64 for a name of this length that begins with this letter, of either case. */
  private static int hash(int first, int length) {
    return ((first | 0x20) * 7 + length) & 63;
  }
}
