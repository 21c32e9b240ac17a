package io.lhttp.app.reload;

import io.lhttp.chain.Tally;
import java.time.Duration;

/**
 * The last probation, for the operator.
 *
 * @param generation that was or is on probation
 * @param running the generation that runs
 * @param left of the time; nothing once it is over
 * @param now how the generation's changed links have done so far
 * @param before how they did in the generation before
 */
public record ProbationState(
    int generation, int running, Outcome outcome, Duration left, Tally now, Tally before) {
  /** The outcome. */
  public enum Outcome {
    UNDER_WAY("under way"),
    KEPT("kept"),
    ROLLED_BACK("rolled back"),
    REPLACED("replaced");

    private final String word;

    Outcome(String word) {
      this.word = word;
    }

    /** As operators read it. */
    public String word() {
      return word;
    }
  }
}
