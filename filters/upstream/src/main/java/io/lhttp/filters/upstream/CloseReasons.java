package io.lhttp.filters.upstream;

/** Fits reasons into close frames. */
final class CloseReasons {
  /** The longest reason of a close frame, in bytes of UTF-8 (RFC 6455, section 5.5). */
  private static final int MAX_BYTES = 123;

  private CloseReasons() {}

  /** Returns the longest beginning of the text that fits. */
  static String cut(String reason) {
    var bytes = 0;
    for (var i = 0; i < reason.length(); ) {
      var c = reason.codePointAt(i);
      bytes += c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
      if (bytes > MAX_BYTES) {
        return reason.substring(0, i);
      }
      i += Character.charCount(c);
    }
    return reason;
  }
}
