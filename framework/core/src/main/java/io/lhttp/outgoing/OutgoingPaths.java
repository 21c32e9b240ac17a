package io.lhttp.outgoing;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;

/** Rules for paths of URLs that every server must read in the same way. All threads may use it. */
public final class OutgoingPaths {
  private OutgoingPaths() {}

  /** Whether the path is the prefix or below it; both in a URL's encoding. */
  public static boolean under(String prefix, String path) {
    return path.startsWith(prefix)
        && (prefix.endsWith("/")
            || path.length() == prefix.length()
            || path.charAt(prefix.length()) == '/');
  }

  /**
   * Whether all servers read this path in the same way. Such a path has no double slash, no encoded
   * slash, backslash, percent sign or control character, and only well-formed UTF-8. None of its
   * segments is {@code .} or {@code ..}, not even before a semicolon. An empty path is plain.
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
