package io.lhttp.internal.chain;

import io.lhttp.Outcome;
import io.lhttp.internal.version.Generation;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What became of a message. Where it is not settled, something that was published is under way: the
 * message is not answered yet, and {@link Generation} knows how to go on.
 */
public final class Result {
  private final Outcome outcome;
  private final int published;
  private final @Nullable RunningExchange waiting;

  public Result(Outcome outcome, int published, @Nullable RunningExchange waiting) {
    this.outcome = outcome;
    this.published = published;
    this.waiting = waiting;
  }

  /** What the chain has returned. */
  public Outcome outcome() {
    return outcome;
  }

  /** How many times it was published to a channel. */
  public int published() {
    return published;
  }

  public boolean settled() {
    return waiting == null;
  }

  public RunningExchange waiting() {
    return Objects.requireNonNull(waiting);
  }
}
