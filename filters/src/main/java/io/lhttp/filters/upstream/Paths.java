package io.lhttp.filters.upstream;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;

/** Paths of URLs that stay where they seem to be, whoever reads them. */
final class Paths {
  private Paths() {}

  /** Whether the path is the prefix, or lies below it. */
  static boolean under(String prefix, String path) {
    return path.startsWith(prefix)
        && (prefix.endsWith("/")
            || path.length() == prefix.length()
            || path.charAt(prefix.length()) == '/');
  }

  /**
   * Whether no server could take this path for another one: by decoding it once more, by reading a
   * backslash as a slash, or by leaving out what follows a semicolon.
   */
  static boolean plain(String encodedPath) {
    for (var segment : encodedPath.split("/", -1)) {
      if (!plainSegment(segment)) {
        return false;
      }
    }
    return true;
  }

  private static boolean plainSegment(String segment) {
    String decoded;
    try {
      decoded = URLDecoder.decode(segment.replace("+", "%2B"), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      return false;
    }
    for (var i = 0; i < decoded.length(); i++) {
      var c = decoded.charAt(i);
      if (c == '/' || c == '\\' || c == '%' || Character.isISOControl(c)) {
        return false;
      }
    }
    var semicolon = decoded.indexOf(';');
    var name = semicolon < 0 ? decoded : decoded.substring(0, semicolon);
    return !name.equals(".") && !name.equals("..");
  }
}
