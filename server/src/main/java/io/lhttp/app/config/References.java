package io.lhttp.app.config;

import java.util.Optional;
import java.util.function.Function;
import java.util.function.IntUnaryOperator;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Replaces {@code ${NAME}} and {@code ${NAME:default}} by values of the environment. A reference
 * with a second dollar sign before it stays as text. {@code ${user}} and {@code ${claims.NAME}}
 * always stay, because filters replace them by values of a connection.
 *
 * <p>Braces and colons have a meaning in YAML, so references are hidden from the YAML parser: each
 * of their ASCII characters is replaced by one of a range for private use, which keeps all columns.
 * References are resolved in the parsed values, so that the content of a variable is never parsed
 * as YAML.
 */
final class References {
  private static final Pattern NAME = Pattern.compile("[A-Za-z_][A-Za-z0-9_]*");
  private static final Pattern OF_A_CONNECTION = Pattern.compile("user|claims\\.[^:]+");
  private static final char HIDDEN = '\uE000';
  private static final int ASCII = 0x80;

  private final Function<String, @Nullable String> environment;
  private final Problems problems;

  References(Function<String, @Nullable String> environment, Problems problems) {
    this.environment = environment;
    this.problems = problems;
  }

  /**
   * Returns the index of the first character that {@link #hide} uses itself; -1 if there is none.
   */
  static int reserved(String text) {
    for (var i = 0; i < text.length(); i++) {
      if (hidden(text.charAt(i))) {
        return i;
      }
    }
    return -1;
  }

  static String hide(String text) {
    return replace(text, reference -> shift(reference, c -> c < ASCII ? c + HIDDEN : c));
  }

  static String show(String text) {
    return shift(text, c -> hidden((char) c) ? c - HIDDEN : c);
  }

  /**
   * Returns the text with the values of its variables. Empty, with a problem, if a variable is
   * missing.
   */
  Optional<String> resolve(String shown, Place place) {
    var before = problems.size();
    var text =
        replace(
            shown,
            reference -> {
              var name = reference.substring(reference.indexOf('{') + 1, reference.length() - 1);
              return reference.startsWith("$$")
                  ? reference.substring(1)
                  : OF_A_CONNECTION.matcher(name).matches() ? reference : value(name, place);
            });
    return problems.size() == before ? Optional.of(text) : Optional.empty();
  }

  /**
   * Replaces each reference, from its dollar signs to the next closing brace in the same line. It
   * reads each character once, so that many references without an end cost no quadratic time.
   */
  private static String replace(String text, UnaryOperator<String> by) {
    var start = text.indexOf("${");
    if (start < 0) {
      return text;
    }
    var replaced = new StringBuilder(text.length());
    var done = 0;
    while (start >= 0) {
      var end = end(text, start);
      if (text.charAt(end) == '}') {
        var from = start > done && text.charAt(start - 1) == '$' ? start - 1 : start;
        replaced.append(text, done, from).append(by.apply(text.substring(from, end + 1)));
        done = end + 1;
      }
      start = text.indexOf("${", end + 1);
    }
    return replaced.append(text, done, text.length()).toString();
  }

  /**
   * Returns the index of the next closing brace. Without one, returns that of the last character of
   * the line or text.
   */
  private static int end(String text, int start) {
    var i = start;
    while (i < text.length() - 1
        && text.charAt(i) != '}'
        && text.charAt(i) != '\r'
        && text.charAt(i) != '\n') {
      i++;
    }
    return i;
  }

  private String value(String reference, Place place) {
    var colon = reference.indexOf(':');
    var name = colon < 0 ? reference : reference.substring(0, colon);
    if (!NAME.matcher(name).matches()) {
      problems.add(
          place,
          "expected ${NAME} or ${NAME:default}, not '${%s}'",
          colon < 0 ? SecretMask.word(reference) : SecretMask.word(name) + ":…");
      return "";
    }
    var value = environment.apply(name);
    if (value != null) {
      return value;
    } else if (colon < 0) {
      problems.add(place, "the environment variable %s is not set", SecretMask.word(name));
    }
    return reference.substring(colon + 1);
  }

  private static boolean hidden(char c) {
    return c >= HIDDEN && c < HIDDEN + ASCII;
  }

  private static String shift(String text, IntUnaryOperator by) {
    return text.chars()
        .map(by)
        .collect(StringBuilder::new, (to, c) -> to.append((char) c), StringBuilder::append)
        .toString();
  }
}
