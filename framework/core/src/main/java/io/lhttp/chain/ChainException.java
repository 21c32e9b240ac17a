package io.lhttp.chain;

import io.lhttp.internal.log.Loggable;
import java.util.List;

/** Thrown when a generation could not be built; the server keeps the running generation. */
public final class ChainException extends Exception {
  private static final long serialVersionUID = 1L;

  private final transient List<Failure> failures;

  /**
   * A filter or processor that could not be created, or could not take over from its predecessor.
   *
   * @param kind {@code filter} or {@code processor}
   * @param cause the exception that its creation threw, or a {@link HandOverException}
   */
  public record Failure(String kind, String name, Throwable cause) {
    @Override
    public String toString() {
      return cause instanceof HandOverException handOver
          ? "%s '%s' %s".formatted(kind, name, handOver.getMessage())
          : kind + " '" + name + "' could not be made: " + Loggable.text(cause);
    }
  }

  /** Takes the first failure as the cause, and suppresses the others. */
  public ChainException(List<Failure> failures) {
    super(failures.getFirst().toString(), failures.getFirst().cause());
    this.failures = List.copyOf(failures);
    failures.stream().skip(1).forEach(failure -> addSuppressed(failure.cause()));
  }

  /** All links that could not be created or take over, in the order of the chain; never empty. */
  public List<Failure> failures() {
    return failures;
  }
}
