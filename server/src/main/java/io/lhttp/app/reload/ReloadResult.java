package io.lhttp.app.reload;

import io.lhttp.app.config.Place;
import io.lhttp.app.config.Problem;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.stream.Collectors;

/** The result of a reload. */
public sealed interface ReloadResult {
  /** The place of errors of the reload itself, such as one that hangs. */
  Place RELOAD = Place.of("reload");

  /** The number of the generation that runs after the reload. */
  int generation();

  Duration took();

  /** The result for a terminal: one line, or, after an error, a line and each problem. */
  String inWords();

  /**
   * A new generation runs.
   *
   * @param changes the changed files and parts of {@code lhttp.yaml}, as text
   * @param restart the changed keys of {@code lhttp.yaml} that take effect only after a restart
   * @param probation the length of the probation; zero for none
   */
  record Swapped(
      int generation, List<String> changes, List<String> restart, Duration probation, Duration took)
      implements ReloadResult {
    public Swapped {
      changes = List.copyOf(changes);
      restart = List.copyOf(restart);
    }

    @Override
    public String inWords() {
      return "generation %d in %d ms: %s%s%s"
          .formatted(
              generation,
              took.toMillis(),
              changes.isEmpty() ? "the chain is made anew" : String.join(", ", changes),
              waiting(restart),
              probation.isZero() ? "" : "; on probation for " + probation.toSeconds() + " s");
    }
  }

  /**
   * The same generation still runs, because no part of it has changed.
   *
   * @param changes the changed files that the chain does not use, as text
   * @param restart as for {@link Swapped}
   */
  record Unchanged(int generation, List<String> changes, List<String> restart, Duration took)
      implements ReloadResult {
    public Unchanged {
      changes = List.copyOf(changes);
      restart = List.copyOf(restart);
    }

    /** Whether the reload found no change, so that nothing has to be logged. */
    public boolean silent() {
      return changes.isEmpty() && restart.isEmpty();
    }

    @Override
    public String inWords() {
      return "generation %d runs on, nothing in its chain has changed%s%s"
          .formatted(
              generation,
              changes.isEmpty() ? "" : " (" + String.join(", ", changes) + ")",
              waiting(restart));
    }
  }

  /**
   * The same generation still runs, because the next one could not be built.
   *
   * @param problems all errors that were found
   */
  record Refused(int generation, List<Problem> problems, Duration took) implements ReloadResult {
    public Refused {
      problems = List.copyOf(problems);
    }

    /**
     * Whether no file has an error, but the reload itself: it hangs, or it could not begin. Such a
     * result says nothing about the files.
     */
    public boolean concernsNoFile() {
      return problems.stream().allMatch(problem -> problem.place().equals(RELOAD));
    }

    @Override
    public String inWords() {
      return problems.stream()
          .map(Problem::toString)
          .collect(Collectors.joining("\n", "generation %d runs on:\n".formatted(generation), ""));
    }
  }

  /**
   * The reload did not begin, because another one runs.
   *
   * @param since the time when the other one began
   */
  record Busy(int generation, Instant since, Duration took) implements ReloadResult {
    @Override
    public String inWords() {
      return "generation %d runs on: another reload runs since %s"
          .formatted(generation, since.truncatedTo(ChronoUnit.SECONDS));
    }
  }

  private static String waiting(List<String> restart) {
    return restart.isEmpty() ? "" : "; a restart is needed for: " + String.join(", ", restart);
  }
}
