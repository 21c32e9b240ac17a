package io.lhttp.app.reload;

import io.lhttp.chain.ClientCounts;
import java.time.Duration;

/**
 * The current or last probation, for the operator.
 *
 * @param generation the generation that is or was on probation
 * @param running the generation that runs now
 * @param left the remaining time; zero after the end
 * @param now the counts of the changed links so far
 * @param before the counts of the same links in the generation before
 */
public record ProbationState(
    int generation,
    int running,
    Outcome outcome,
    Duration left,
    ClientCounts now,
    ClientCounts before) {
  /** How a probation ended, or that it is under way. */
  public enum Outcome {
    UNDER_WAY("under way"),
    KEPT("kept"),
    ROLLED_BACK("rolled back"),
    REPLACED("replaced");

    private final String word;

    Outcome(String word) {
      this.word = word;
    }

    /** The word for the outcome that operators see. */
    public String word() {
      return word;
    }
  }
}
