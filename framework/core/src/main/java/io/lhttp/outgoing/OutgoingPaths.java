package io.lhttp.outgoing;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;

/** Paths of URLs that stay where they seem to be, whichever server reads them. Safe for threads. */
public final class OutgoingPaths {
  private OutgoingPaths() {}

  /** Whether the path is the prefix, or lies below it. Both are as they stand in a URL. */
  public static boolean under(String prefix, String path) {
    return path.startsWith(prefix)
        && (prefix.endsWith("/")
            || path.length() == prefix.length()
            || path.charAt(prefix.length()) == '/');
  }

  /**
   * Whether no server could take this path for another one: by decoding it twice, by reading a
   * backslash as a slash, by joining slashes, or by leaving out all that follows a semicolon or a
   * control character. An empty path is plain.
   */
  public static boolean plain(String encodedPath) {
    var segments = encodedPath.split("/", -1);
    for (var i = 0; i < segments.length; i++) {
      var within = i > 0 && i < segments.length - 1;
      if ((within && segments[i].isEmpty()) || !plainSegment(segments[i])) {
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
      if (c == '/' || c == '\\' || c == '%' || c == '\ufffd' || Character.isISOControl(c)) {
        return false;
      }
    }
    var semicolon = decoded.indexOf(';');
    var name = semicolon < 0 ? decoded : decoded.substring(0, semicolon);
    return !name.equals(".") && !name.equals("..");
  }
}
