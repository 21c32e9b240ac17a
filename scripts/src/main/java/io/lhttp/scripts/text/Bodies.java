package io.lhttp.scripts.text;

import org.graalvm.polyglot.Value;

/** Encodes texts of scripts as bodies, within their size limit. */
public final class Bodies {
  private Bodies() {}

  public static String limited(String body, int maxBytes) {
    // A character takes at most three bytes, so the exact size of a short text need not be counted.
    if (body.length() > maxBytes / 3 && ValueSizes.utf8(body) > maxBytes) {
      throw new IllegalArgumentException(
          "a body of " + ValueSizes.utf8(body) + " bytes: the limit is " + maxBytes);
    }
    return body;
  }

  public static byte[] bytes(Value buffer, int maxBytes) {
    var size = buffer.getBufferSize();
    if (size > maxBytes) {
      throw new IllegalArgumentException("a body of " + size + " bytes: the limit is " + maxBytes);
    }
    var bytes = new byte[(int) size];
    buffer.readBuffer(0, bytes, 0, bytes.length);
    return bytes;
  }
}
