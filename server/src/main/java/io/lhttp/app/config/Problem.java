package io.lhttp.app.config;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/**
 * An error in a configuration or in code, with its place. Its text is {@code file:line:column:
 * message}. If the place is in {@code lhttp.yaml}, a copy of the line and a line with a caret
 * follow.
 */
public record Problem(Place place, String message) {
  /** Matches what could control a terminal, or change the direction of writing. */
  private static final Pattern CONTROL = Pattern.compile("[\\p{Cc}\\p{Cf}&&[^\n\t]]");

  private static final Comparator<Problem> BY_PLACE =
      Comparator.comparingInt((Problem problem) -> problem.place.line())
          .thenComparingInt(problem -> problem.place.column());

  /**
   * @param message its control characters are escaped, except line breaks and tabs: it may quote
   *     the exception of users' code
   */
  public Problem {
    message = CONTROL.matcher(message).replaceAll(Problem::escaped);
  }

  private static String escaped(MatchResult control) {
    return "\\\\u{%x}".formatted(control.group().codePointAt(0));
  }

  /**
   * Returns problems in the order in which a user reads them: the sources as they come, and the
   * problems of one source by line and column.
   */
  public static List<Problem> inOrder(List<Problem> problems) {
    var bySource = new LinkedHashMap<String, List<Problem>>();
    for (var problem : problems) {
      bySource.computeIfAbsent(problem.place.source(), _ -> new ArrayList<>()).add(problem);
    }
    return bySource.values().stream().flatMap(each -> each.stream().sorted(BY_PLACE)).toList();
  }

  /** The place and the message, without a copy of the line. */
  public String summary() {
    return place + ": " + message;
  }

  @Override
  public String toString() {
    return summary() + place.excerpt(message);
  }
}
