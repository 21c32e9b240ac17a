package io.lhttp.scripts.text;

import java.util.Map;

/** Writes options as JSON for the script. */
public final class Json {
  private Json() {}

  /**
   * @param value a string, number, boolean, null, or an iterable or map of them
   */
  public static String write(Object value) {
    var text = new StringBuilder();
    write(value, text);
    return text.toString();
  }

  private static void write(Object value, StringBuilder text) {
    switch (value) {
      case null -> text.append("null");
      case Boolean b -> text.append(b);
      case Double d when !Double.isFinite(d) -> text.append("null");
      case Number n -> text.append(n);
      case Map<?, ?> map -> {
        var separator = "{";
        for (var entry : map.entrySet()) {
          text.append(separator);
          string(String.valueOf(entry.getKey()), text);
          text.append(':');
          write(entry.getValue(), text);
          separator = ",";
        }
        text.append(map.isEmpty() ? "{}" : "}");
      }
      case Iterable<?> list -> {
        text.append('[');
        var first = true;
        for (var item : list) {
          if (!first) {
            text.append(',');
          }
          first = false;
          write(item, text);
        }
        text.append(']');
      }
      default -> string(value.toString(), text);
    }
  }

  private static void string(String value, StringBuilder text) {
    text.append('"');
    for (var i = 0; i < value.length(); i++) {
      var c = value.charAt(i);
      if (c == '"' || c == '\\') {
        text.append('\\').append(c);
      } else if (c < ' ') {
        text.append("\\u%04x".formatted((int) c));
      } else {
        text.append(c);
      }
    }
    text.append('"');
  }
}
