package io.lhttp.app.config;

import static java.util.stream.Collectors.joining;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Thrown if the configuration has errors. The message has one problem per line, with its place. */
public final class ConfigurationException extends Exception {
  private static final long serialVersionUID = 1;

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
    super(Problem.inOrder(problems).stream().map(Problem::toString).collect(joining("\n")), cause);
    this.problems = Problem.inOrder(problems);
  }

  public ConfigurationException(Place place, String message) {
    this(List.of(new Problem(place, message)));
  }

  /** The problems; those of one source by line and column. */
  public List<Problem> problems() {
    return problems;
  }
}
