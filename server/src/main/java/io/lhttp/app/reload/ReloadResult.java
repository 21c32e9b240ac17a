package io.lhttp.app.reload;

import io.lhttp.app.config.Problem;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.stream.Collectors;

/** What became of a reload, once it is over. */
public sealed interface ReloadResult {
  /** The generation that takes messages now. */
  int generation();

  Duration took();

  /** In words, for a terminal: one line, or where it was refused a line and every problem. */
  String inWords();

  /**
   * A new generation runs.
   *
   * @param changes files and parts of {@code lhttp.yaml}, in words
   * @param restart keys of {@code lhttp.yaml} that were changed too and wait for a restart
   * @param probation how long it is watched, and may be rolled back; zero for not at all
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
   * The same generation runs on, because nothing that it is made of has changed.
   *
   * @param changes files that nothing in the chain uses, in words
   * @param restart as for {@link Swapped}
   */
  record Unchanged(int generation, List<String> changes, List<String> restart, Duration took)
      implements ReloadResult {
    public Unchanged {
      changes = List.copyOf(changes);
      restart = List.copyOf(restart);
    }

    /** Whether there is nothing to say. */
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
   * The same generation runs on, because the next one could not be made.
   *
   * @param problems all that is wrong
   */
  record Refused(int generation, List<Problem> problems, Duration took) implements ReloadResult {
    public Refused {
      problems = List.copyOf(problems);
    }

    @Override
    public String inWords() {
      return problems.stream()
          .map(Problem::toString)
          .collect(Collectors.joining("\n", "generation %d runs on:\n".formatted(generation), ""));
    }
  }

  /**
   * Nothing was tried, because another reload runs.
   *
   * @param since when that began
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
