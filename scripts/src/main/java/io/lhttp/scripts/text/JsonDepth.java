package io.lhttp.scripts.text;

import java.nio.ByteBuffer;

/** Measures the nesting of arrays and objects in a text that may be JSON. */
public final class JsonDepth {
  /**
   * The deepest nesting that is parsed. The engine's parser is recursive and uses the stack of the
   * calling thread, so deeper texts are refused.
   */
  public static final int MOST = 256;

  private JsonDepth() {}

  /**
   * Returns the depth of nesting in UTF-8 text. If the text is no JSON, the result is at least the
   * depth that a parser would reach before it fails.
   */
  public static int of(ByteBuffer text) {
    var deepest = 0;
    var depth = 0;
    var quoted = false;
    for (var i = text.position(); i < text.limit(); i++) {
      var c = text.get(i);
      if (quoted) {
        if (c == '\\') {
          i++;
        } else if (c == '"') {
          quoted = false;
        }
      } else if (c == '"') {
        quoted = true;
      } else if (c == '[' || c == '{') {
        deepest = Math.max(deepest, ++depth);
      } else if (c == ']' || c == '}') {
        depth--;
      }
    }
    return deepest;
  }
}
