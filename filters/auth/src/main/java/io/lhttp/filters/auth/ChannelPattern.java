package io.lhttp.filters.auth;

import io.lhttp.Principal;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A pattern of channel names. {@code ${user}} stands for the user's name, {@code ${claims.NAME}}
 * for a claim or each element of a list, and a final {@code *} for any rest. Immutable.
 *
 * <p>Separators are {@code :} and {@code /}, and each character beside a variable or before a
 * {@code *} in any pattern of the same list. A value that contains a separator matches no channel.
 *
 * <p>Hence no user's name matches a longer channel that another pattern gives to another user. A
 * pattern that is a claim alone takes any value, because the token's issuer lists channels there.
 */
public final class ChannelPattern {
  private static final Pattern VARIABLE = Pattern.compile("\\$\\{(user|claims\\.[^{}\\s]+)}");
  private static final String CLAIMS = "claims.";
  private static final String USER = "user";
  private static final String ALWAYS = ":/";

  private final String text;

  /** The pattern's fixed texts at even indexes, the names of its variables at odd ones. */
  private final List<String> segments;

  private final boolean open;

  private ChannelPattern(String text, List<String> segments, boolean open) {
    this.text = text;
    this.segments = segments;
    this.open = open;
  }

  /**
   * Parses a pattern.
   *
   * @throws IllegalArgumentException with a text that says what was expected
   */
  public static ChannelPattern parse(String text) {
    var open = text.endsWith("*");
    var name = open ? text.substring(0, text.length() - 1) : text;
    var segments = new ArrayList<String>();
    var matcher = VARIABLE.matcher(name);
    var from = 0;
    while (matcher.find()) {
      segments.add(name.substring(from, matcher.start()));
      segments.add(matcher.group(1));
      from = matcher.end();
    }
    segments.add(name.substring(from));
    for (var i = 0; i < segments.size(); i += 2) {
      requireLiteral(segments.get(i));
    }
    if (text.isEmpty()) {
      throw new IllegalArgumentException("a channel such as news, room:* or user:${user}");
    }
    for (var i = 1; i < segments.size(); i += 2) {
      requireSeparators(segments, i, open);
    }
    return new ChannelPattern(text, List.copyOf(segments), open);
  }

  /** The characters that no variable's value may contain in any of these patterns. */
  static String separators(Collection<ChannelPattern> patterns) {
    var separators = new StringBuilder();
    if (!patterns.stream().allMatch(ChannelPattern::whole)) {
      separators.append(ALWAYS);
    }
    patterns.forEach(pattern -> pattern.addSeparators(separators));
    return separators.toString();
  }

  private void addSeparators(StringBuilder separators) {
    var last = segments.size() - 1;
    for (var i = 0; i <= last; i++) {
      var literal = segments.get(i);
      if (i % 2 == 1 || literal.isEmpty()) {
        continue;
      }
      if (i > 0) {
        separators.appendCodePoint(literal.codePointAt(0));
      }
      var end = literal.codePointBefore(literal.length());
      if (i < last || (open && !Character.isLetterOrDigit(end))) {
        separators.appendCodePoint(end);
      }
    }
  }

  /** Whether the pattern consists of one variable. */
  private boolean whole() {
    return segments.size() == 3 && segments.getFirst().isEmpty() && segments.getLast().isEmpty();
  }

  /**
   * Whether the pattern with the principal's values matches the channel.
   *
   * @param separators the separators of all patterns of the list
   */
  boolean matches(String channel, Principal principal, String separators) {
    var any = whole() && !segments.get(1).equals(USER);
    return matches(channel, 0, 0, principal, any ? "" : separators);
  }

  private boolean matches(
      String channel, int at, int segment, Principal principal, String separators) {
    var literal = segments.get(segment);
    if (!channel.startsWith(literal, at)) {
      return false;
    }
    var next = at + literal.length();
    if (segment == segments.size() - 1) {
      return open || next == channel.length();
    }
    var value = value(segments.get(segment + 1), principal);
    if (!(value instanceof Collection<?> several)) {
      return startsWith(channel, next, value, segment, principal, separators);
    }
    for (var one : several) {
      if (startsWith(channel, next, one, segment, principal, separators)) {
        return true;
      }
    }
    return false;
  }

  private boolean startsWith(
      String channel, int at, Object value, int segment, Principal principal, String separators) {
    var text = value instanceof String || value instanceof Number ? value.toString() : "";
    return !text.isEmpty()
        && channel.startsWith(text, at)
        && !holds(text, separators)
        && matches(channel, at + text.length(), segment + 2, principal, separators);
  }

  private static boolean holds(String value, String separators) {
    for (var i = 0; i < value.length(); i += Character.charCount(value.codePointAt(i))) {
      if (separators.indexOf(value.codePointAt(i)) >= 0) {
        return true;
      }
    }
    return false;
  }

  private static Object value(String variable, Principal principal) {
    return variable.startsWith(CLAIMS)
        ? Optional.ofNullable(principal.claims().get(variable.substring(CLAIMS.length())))
            .orElse("")
        : principal.name();
  }

  /**
   * Requires a separator on each side of a variable: with {@code u${user}} one channel could match
   * two users.
   */
  private static void requireSeparators(List<String> segments, int variable, boolean open) {
    var before = segments.get(variable - 1);
    if (!before.isEmpty() && Character.isLetterOrDigit(before.codePointBefore(before.length()))) {
      throw new IllegalArgumentException(
          "a separator such as : before ${%s}".formatted(segments.get(variable)));
    }
    var behind = segments.get(variable + 1);
    var ends = variable + 1 == segments.size() - 1 && !open;
    if (behind.isEmpty() ? !ends : Character.isLetterOrDigit(behind.codePointAt(0))) {
      throw new IllegalArgumentException(
          "a separator such as : behind ${%s}".formatted(segments.get(variable)));
    }
  }

  private static void requireLiteral(String literal) {
    if (literal.contains("*")) {
      throw new IllegalArgumentException("a * at the end of a channel's pattern only");
    }
    if (literal.contains("${")) {
      throw new IllegalArgumentException("${user} or ${claims.NAME}");
    }
    if (literal.chars().anyMatch(c -> c <= ' ' || c == 0x7f)) {
      throw new IllegalArgumentException("a channel without spaces");
    }
  }

  @Override
  public String toString() {
    return text;
  }
}
