package io.lhttp.scripts.text;

import java.nio.ByteBuffer;

/** How deeply arrays and objects stand in each other in a text that may be JSON. */
public final class JsonDepth {
  /** The engine's parser calls itself for each level, on the stack of whichever thread calls it. */
  public static final int MOST = 256;

  private JsonDepth() {}

  /** The depth of UTF-8 text; of what is no JSON, at least as deep as a parser would get. */
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
