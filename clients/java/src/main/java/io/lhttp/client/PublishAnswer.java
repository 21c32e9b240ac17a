package io.lhttp.client;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads the two answers of {@code POST /publish}: {@code {"channels":N}} and {@code
 * {"status":N,"error":"…"}}, and nothing else of JSON.
 */
final class PublishAnswer {
  private static final Pattern CHANNELS =
      Pattern.compile("\\s*\\{\\s*\"channels\"\\s*:\\s*(\\d{1,9})\\s*}\\s*");

  /** RFC 8259, section 7. The quantifiers give nothing back, so a long text costs no stack. */
  private static final Pattern REFUSAL =
      Pattern.compile(
          "\\s*\\{\\s*\"status\"\\s*:\\s*\\d{3}\\s*,\\s*\"error\"\\s*:\\s*\""
              + "((?:[^\"\\\\\\x00-\\x1f]++|\\\\(?:[\"\\\\/bfnrt]|u[0-9a-fA-F]{4}))*+)"
              + "\"\\s*}\\s*");

  private static final Pattern ESCAPE = Pattern.compile("\\\\(u[0-9a-fA-F]{4}|.)");

  private PublishAnswer() {}

  static Optional<Integer> channels(String json) {
    var matcher = CHANNELS.matcher(json);
    return matcher.matches() ? Optional.of(Integer.valueOf(matcher.group(1))) : Optional.empty();
  }

  static Optional<String> error(String json) {
    var matcher = REFUSAL.matcher(json);
    return matcher.matches() ? Optional.of(unescape(matcher.group(1))) : Optional.empty();
  }

  private static String unescape(String text) {
    return ESCAPE
        .matcher(text)
        .replaceAll(found -> Matcher.quoteReplacement(String.valueOf(character(found.group(1)))));
  }

  private static char character(String escape) {
    return switch (escape.charAt(0)) {
      case 'b' -> '\b';
      case 'f' -> '\f';
      case 'n' -> '\n';
      case 'r' -> '\r';
      case 't' -> '\t';
      case 'u' -> (char) Integer.parseInt(escape.substring(1), 16);
      default -> escape.charAt(0);
    };
  }
}
