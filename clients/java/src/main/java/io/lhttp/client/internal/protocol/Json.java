package io.lhttp.client.internal.protocol;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads JSON (RFC 8259) as maps, lists, strings, longs, doubles and booleans; a member that is null
 * is left out. Only two kinds of short bodies are JSON, so the client uses no library for it.
 */
public final class Json {
  private static final int MAX_DEPTH = 16;

  private static final Pattern NUMBER =
      Pattern.compile("-?(?:0|[1-9]\\d*)(\\.\\d+)?([eE][+-]?\\d+)?");

  private static final Pattern HEX = Pattern.compile("[0-9a-fA-F]{4}");

  /** In place of null while a value is read. */
  private static final Object NULL = new Object();

  private final String text;
  private int at;
  private int depth;

  private Json(String text) {
    this.text = text;
  }

  /**
   * Reads one object.
   *
   * @throws IllegalArgumentException if the text is anything else; the exception does not contain
   *     the text
   */
  public static Map<String, Object> object(String text) {
    var json = new Json(text);
    json.space();
    json.expect('{');
    var object = json.object();
    json.space();
    if (json.at < text.length()) {
      throw json.malformed("the end");
    }
    return object;
  }

  private Object value() {
    space();
    if (at == text.length() || ++depth > MAX_DEPTH) {
      throw malformed("a value");
    }
    var value =
        switch (text.charAt(at)) {
          case '{' -> {
            at++;
            yield object();
          }
          case '[' -> {
            at++;
            yield list();
          }
          case '"' -> {
            at++;
            yield string();
          }
          case 't' -> word("true", true);
          case 'f' -> word("false", false);
          case 'n' -> word("null", NULL);
          default -> number();
        };
    depth--;
    return value;
  }

  private Map<String, Object> object() {
    var object = new LinkedHashMap<String, Object>();
    space();
    if (take('}')) {
      return object;
    }
    do {
      space();
      expect('"');
      var name = string();
      space();
      expect(':');
      var value = value();
      if (value == NULL) {
        object.remove(name);
      } else {
        object.put(name, value);
      }
      space();
    } while (take(','));
    expect('}');
    return object;
  }

  private List<Object> list() {
    var list = new ArrayList<>();
    space();
    if (take(']')) {
      return list;
    }
    do {
      var value = value();
      if (value != NULL) {
        list.add(value);
      }
      space();
    } while (take(','));
    expect(']');
    return list;
  }

  /** Reads a string whose first quotation mark has been read. */
  private String string() {
    var string = new StringBuilder();
    while (true) {
      if (at == text.length() || text.charAt(at) < ' ') {
        throw malformed("a character of a string");
      }
      var c = text.charAt(at++);
      switch (c) {
        case '"' -> {
          return string.toString();
        }
        case '\\' -> string.append(escaped());
        default -> string.append(c);
      }
    }
  }

  private char escaped() {
    var c = at < text.length() ? text.charAt(at++) : ' ';
    return switch (c) {
      case '"', '\\', '/' -> c;
      case 'b' -> '\b';
      case 'f' -> '\f';
      case 'n' -> '\n';
      case 'r' -> '\r';
      case 't' -> '\t';
      case 'u' -> (char) Integer.parseInt(matched(HEX).group(), 16);
      default -> throw malformed("an escaped character");
    };
  }

  private Object number() {
    var number = matched(NUMBER);
    var integer = number.group(1) == null && number.group(2) == null;
    // Numbers of at most 18 digits always fit a long.
    return integer && number.group().length() <= 18
        ? (Object) Long.valueOf(number.group())
        : Double.valueOf(number.group());
  }

  private Object word(String word, Object value) {
    if (!text.startsWith(word, at)) {
      throw malformed(word);
    }
    at += word.length();
    return value;
  }

  private Matcher matched(Pattern pattern) {
    var matcher = pattern.matcher(text).region(at, text.length());
    if (!matcher.lookingAt()) {
      throw malformed("a value");
    }
    at = matcher.end();
    return matcher;
  }

  private void space() {
    while (at < text.length() && " \t\r\n".indexOf(text.charAt(at)) >= 0) {
      at++;
    }
  }

  private boolean take(char c) {
    if (at < text.length() && text.charAt(at) == c) {
      at++;
      return true;
    }
    return false;
  }

  private void expect(char c) {
    if (!take(c)) {
      throw malformed("'" + c + "'");
    }
  }

  private IllegalArgumentException malformed(String expected) {
    return new IllegalArgumentException("JSON: expected %s at %d".formatted(expected, at));
  }
}
