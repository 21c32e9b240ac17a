package io.lhttp.spring;

import java.util.List;
import java.util.stream.Collectors;

/** Thrown when beans or properties do not make a server. It has all problems that were found. */
public final class LhttpStartException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final transient List<Problem> problems;

  /**
   * A mistake in a bean or a property.
   *
   * @param place the bean, or the property with its file and line
   * @param value the wrong value
   * @param reason what is wrong, and the nearest valid name if there is one
   * @param action what to change
   */
  public record Problem(String place, String value, String reason, String action) {
    @Override
    public String toString() {
      return "%s: '%s': %s".formatted(place, value, reason);
    }
  }

  LhttpStartException(List<Problem> problems) {
    super(problems.stream().map(Problem::toString).collect(Collectors.joining("; ")));
    this.problems = List.copyOf(problems);
  }

  /** All problems, at least one. */
  public List<Problem> problems() {
    return problems;
  }
}
