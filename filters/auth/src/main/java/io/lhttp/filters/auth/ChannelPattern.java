package io.lhttp.filters.auth;

import io.lhttp.Principal;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Channels: a name, in which {@code ${user}} stands for the principal's name and {@code
 * ${claims.NAME}} for a claim, or for each element of one that is a list; a {@code *} at the end
 * stands for any rest. A principal's value is taken to the letter, stars included.
 *
 * <p>Such a value never spans a separator: {@code :}, {@code /} and the character that follows the
 * variable. A value that holds one stands for nothing, so that the channels of one user are never
 * among those of another. A pattern that is one variable and nothing else takes any value.
 */
public final class ChannelPattern {
  private static final Pattern VARIABLE = Pattern.compile("\\$\\{(user|claims\\.[^{}\\s]+)}");
  private static final String CLAIMS = "claims.";
  private static final String SEPARATORS = ":/";

  private final String text;

  /** Texts at even places, names of variables at odd ones. */
  private final List<String> segments;

  private final boolean open;

  private ChannelPattern(String text, List<String> segments, boolean open) {
    this.text = text;
    this.segments = segments;
    this.open = open;
  }

  /**
   * @throws IllegalArgumentException says what was expected
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
    for (var i = 2; i < segments.size(); i += 2) {
      var last = i == segments.size() - 1;
      if (segments.get(i).isEmpty() && (open || !last)) {
        throw new IllegalArgumentException(
            "a separator such as : behind ${%s}".formatted(segments.get(i - 1)));
      }
    }
    return new ChannelPattern(text, List.copyOf(segments), open);
  }

  /** Whether this channel is one of those, for who speaks. */
  boolean matches(String channel, Principal principal) {
    return matches(channel, 0, 0, principal);
  }

  private boolean matches(String channel, int at, int segment, Principal principal) {
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
      return startsWith(channel, next, value, segment, principal);
    }
    for (var one : several) {
      if (startsWith(channel, next, one, segment, principal)) {
        return true;
      }
    }
    return false;
  }

  private boolean startsWith(
      String channel, int at, Object value, int segment, Principal principal) {
    var text = value instanceof String || value instanceof Number ? value.toString() : "";
    return !text.isEmpty()
        && !spans(text, segment)
        && channel.startsWith(text, at)
        && matches(channel, at + text.length(), segment + 2, principal);
  }

  /** Whether a value in place of the variable behind this segment reaches over a separator. */
  private boolean spans(String value, int segment) {
    var next = segments.get(segment + 2);
    var whole = segments.size() == 3 && segments.getFirst().isEmpty() && next.isEmpty();
    return !whole
        && value
            .chars()
            .anyMatch(c -> SEPARATORS.indexOf(c) >= 0 || (!next.isEmpty() && next.charAt(0) == c));
  }

  private static Object value(String variable, Principal principal) {
    return variable.startsWith(CLAIMS)
        ? Optional.ofNullable(principal.claims().get(variable.substring(CLAIMS.length())))
            .orElse("")
        : principal.name();
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
