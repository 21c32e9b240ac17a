package io.lhttp.app.config;

import static java.util.stream.Collectors.joining;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Thrown if the configuration has errors. The message has one problem per line, with its place. Of
 * very many problems it has the first 100, and the number of the others.
 */
public final class ConfigurationException extends Exception {
  private static final long serialVersionUID = 1;
  private static final int MOST = 100;

  @SuppressWarnings("serial") // List.copyOf returns a list that is serialisable
  private final List<Problem> problems;

  /**
   * @param problems in any order
   */
  public ConfigurationException(List<Problem> problems) {
    this(problems, null);
  }

  /**
   * @param problems in any order
   */
  public ConfigurationException(List<Problem> problems, @Nullable Throwable cause) {
    this(cause, first(problems));
  }

  private ConfigurationException(@Nullable Throwable cause, List<Problem> first) {
    super(first.stream().map(Problem::toString).collect(joining("\n")), cause);
    this.problems = first;
  }

  public ConfigurationException(Place place, String message) {
    this(List.of(new Problem(place, message)));
  }

  /** Returns the first problems in order, and the number of the others as a last one. */
  private static List<Problem> first(List<Problem> problems) {
    var inOrder = Problem.inOrder(problems);
    var more = inOrder.size() - MOST;
    if (more <= 0) {
      return inOrder;
    }
    var first = new ArrayList<>(inOrder.subList(0, MOST));
    var next = inOrder.get(MOST).place();
    first.add(
        new Problem(
            new Place(next.source(), next.line(), next.column()), // a place without the line's text
            more == 1 ? "1 more problem" : "%d more problems".formatted(more)));
    return List.copyOf(first);
  }

  /**
   * The problems; those of one source by line and column. If there are more than 100, the last one
   * is the number of the others, at the place of the first of them.
   */
  public List<Problem> problems() {
    return problems;
  }
}
