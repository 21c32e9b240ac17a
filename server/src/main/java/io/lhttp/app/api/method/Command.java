package io.lhttp.app.api.method;

import io.lhttp.control.Control;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletionStage;

/** A call of a method: a record of its fields. */
public interface Command {
  /** The longest time in which servers may answer. */
  int LONGEST_MILLIS = 30_000;

  /**
   * Runs the method. Its stage may fail with a {@link io.lhttp.RefusedException}.
   *
   * @return the answer, of the type that {@link Method#answer} names
   */
  CompletionStage<? extends Record> run(Control control);

  /** Whether the answer may have megabytes, so that few such commands run at the same time. */
  default boolean mayAnswerMuch() {
    return false;
  }

  /** The milliseconds in which servers have to answer; empty for the default. */
  default Optional<Integer> deadlineMs() {
    return Optional.empty();
  }

  /** The time in which servers have to answer; empty for the default. */
  default Optional<Duration> deadline() {
    return deadlineMs().map(Duration::ofMillis);
  }
}
