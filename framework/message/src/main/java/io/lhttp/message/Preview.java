package io.lhttp.message;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.regex.Pattern;

/**
 * Writes a message in one line for logs and failed assertions: bounded, escaped and without
 * secrets. Owned by one call of {@code toString}.
 *
 * <p>A header whose name says that it is a secret loses its value. Values and bodies lose what
 * looks like a token, a password or a login. A secret that looks like other text stays.
 */
final class Preview {
  private static final int COMMAND_LENGTH = 128;
  private static final int NAME_LENGTH = 64;
  private static final int VALUE_LENGTH = 120;
  private static final int BODY_LENGTH = 240;

  /** Once the text has this length, the other headers are only counted. */
  private static final int HEAD_LENGTH = 400;

  /** The bytes of a value or body that are read. */
  private static final int WINDOW = 1_024;

  private static final String CUT = "…";
  private static final String HIDDEN = "…";

  /** Parts of names that say that a value is a secret, wherever they stand in the name. */
  private static final String SECRET_PARTS =
      "authoriz|authentic|cookie|token|secret|pass(?:w|phrase|code|key)|pwd|credential|jwt|bearer"
          + "|sess(?:ion|id)|signature|private|nkey"
          + "|(?:api|access|secret|auth|client|sign|signing|encryption|master|account|shared|storage"
          + "|subscription|functions?|ssh|service|app|hmac)[-_.]?key";

  /** The same, for words that mean something else as a part of a longer word. */
  private static final String SECRET_WORDS =
      "(?<![a-z0-9])(?:o?auth|pass|pin|otp|seed)(?![a-z])"
          + "|(?-i:(?<=[a-z0-9])(?:O?Auth|Pass|Pin|Otp|Seed)(?![a-z]))";

  private static final String SECRET = "(?:" + SECRET_PARTS + "|" + SECRET_WORDS + ")";

  /** Names of headers, and of values in bodies, that are secrets. */
  private static final Pattern SECRET_NAME = Pattern.compile("(?i)" + SECRET);

  private static final Pattern SCHEME =
      Pattern.compile("(?i)\\b(bearer|negotiate|basic(?=\\s+\\S{8}))\\s+[^\\s\"',;]+");

  private static final Pattern JSON_WEB_TOKEN =
      Pattern.compile("\\beyJ[\\w-]{6,}+(?:\\.[\\w-]*+)*+");

  private static final Pattern LOGIN = Pattern.compile("(://)[^/\\s\"]*@");

  /** A string of JSON or JavaScript, perhaps without its end. */
  private static final String STRING =
      "\"(?:[^\"\\\\]|\\\\.)*+\"?|'(?:[^'\\\\\\r\\n]|''|\\\\.)*+'?";

  /** A list or map, perhaps without its end; if it is nested deeply, all text to the end. */
  private static final String NESTED = nested(nested(nested("[{\\[].*+")));

  /**
   * A secret's name, a colon or equals sign, and its value as JSON, a line of a head or a query.
   */
  private static final Pattern NAMED_VALUE =
      Pattern.compile(
          "(?is)("
              + SECRET
              + "(?:[\\w.\\[\\]-]|%5[bd])*+\\\\*+[\"']?\\s*+(?:=>|:=|[:=]|%3[ad])\\s*+)"
              + "(?:\\\\*+(?:"
              + STRING
              + ")|"
              + NESTED
              + "|(?<=[\\w.\\]-]\\s{0,9}:\\s{0,9})[^\\r\\n]++"
              + "|(?<=:\\s{0,9})[^\\r\\n&,}\"']++|[^\\s&\"]++)");

  /** An element of XML whose name says that it is a secret, up to its end. */
  private static final Pattern ELEMENT =
      Pattern.compile("(?i)(<[\\w:.-]{0,64}" + SECRET + "[^<>]*+>)[^<]++");

  private final StringBuilder text = new StringBuilder();

  /** Returns the text of a message. */
  static String of(String command, Headers headers, byte[] bytes, int bodyStart) {
    var preview = new Preview();
    preview.text.append("Message[");
    preview.escape(harmless(start(command)), COMMAND_LENGTH);
    preview.headers(headers);
    preview.body(bytes, bodyStart, bytes.length);
    return preview.text.append(']').toString();
  }

  /** Returns the text of a part of a message. */
  static String of(Headers headers, byte[] bytes, int bodyStart, int end) {
    var preview = new Preview();
    preview.text.append("Part[");
    preview.headers(headers);
    preview.body(bytes, bodyStart, end);
    return preview.text.append(']').toString();
  }

  private void headers(Headers headers) {
    if (headers.isEmpty()) {
      return;
    }
    space();
    text.append('{');
    for (var i = 0; i < headers.size(); i++) {
      if (text.length() > HEAD_LENGTH) {
        text.append(", and ").append(headers.size() - i).append(" more");
        break;
      }
      text.append(i == 0 ? "" : ", ");
      header(headers.get(i));
    }
    text.append('}');
  }

  private void header(Header header) {
    escape(header.name(), NAME_LENGTH);
    text.append(": ");
    if (SECRET_NAME.matcher(header.name()).find()) {
      text.append(HIDDEN);
    } else {
      escape(harmless(start(header.value())), VALUE_LENGTH);
    }
  }

  private void body(byte[] bytes, int start, int end) {
    if (start == end) {
      return;
    }
    space();
    var length = end - start;
    var stop = start + Math.min(length, WINDOW);
    while (stop < end && stop > start && (bytes[stop] & 0xc0) == 0x80) {
      stop--; // back to the first byte of a character
    }
    if (!Utf8.valid(bytes, start, stop)) {
      text.append(length).append(" bytes");
      return;
    }
    text.append('"');
    var whole = escape(harmless(new String(bytes, start, stop - start, UTF_8)), BODY_LENGTH);
    if (whole && stop < end) {
      text.append(CUT);
    }
    text.append('"');
    if (!whole || stop < end) {
      text.append(" (").append(length).append(" bytes)");
    }
  }

  private void space() {
    if (text.charAt(text.length() - 1) != '[') {
      text.append(' ');
    }
  }

  private static String harmless(String text) {
    var shown = LOGIN.matcher(text).replaceAll("$1" + HIDDEN + "@");
    shown = SCHEME.matcher(shown).replaceAll("$1 " + HIDDEN);
    shown = JSON_WEB_TOKEN.matcher(shown).replaceAll(HIDDEN);
    shown = ELEMENT.matcher(shown).replaceAll("$1" + HIDDEN);
    return NAMED_VALUE.matcher(shown).replaceAll("$1" + HIDDEN);
  }

  /** Returns the regular expression of a list or map whose lists and maps match another one. */
  private static String nested(String inner) {
    return "[{\\[](?:[^{}\\[\\]\"']|" + STRING + "|" + inner + ")*+[}\\]]?";
  }

  private static String start(String text) {
    return text.substring(0, Math.min(text.length(), WINDOW));
  }

  /** Adds at most {@code most} characters; returns whether that was all. */
  private boolean escape(String added, int most) {
    var limit = text.length() + most;
    for (var i = 0; i < added.length(); ) {
      var c = added.codePointAt(i);
      var shown = escape(c);
      if (text.length() + shown.length() > limit) {
        text.append(CUT);
        return false;
      }
      text.append(shown);
      i += Character.charCount(c);
    }
    return true;
  }

  private static String escape(int c) {
    return switch (c) {
      case '\r' -> "\\r";
      case '\n' -> "\\n";
      case '\t' -> "\\t";
      case '\\' -> "\\\\";
      default -> printable(c) ? Character.toString(c) : String.format("\\u%04x", c);
    };
  }

  private static boolean printable(int c) {
    return switch (Character.getType(c)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR,
          Character.SURROGATE,
          Character.PRIVATE_USE,
          Character.UNASSIGNED ->
          false;
      default -> true;
    };
  }
}
