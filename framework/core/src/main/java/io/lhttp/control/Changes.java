package io.lhttp.control;

import io.lhttp.Outcome;
import java.util.List;

/**
 * The result of an operation on connections.
 *
 * @param reach the servers, with the connections that the target matched
 * @param changed the number of connections on which the operation took effect
 * @param refusals the reasons why connections were not changed, most frequent first; at most 10
 */
public record Changes(Reach reach, long changed, List<Refusal> refusals) {
  public Changes {
    refusals = List.copyOf(refusals);
  }

  /** A reason that this many connections share. */
  public record Refusal(Outcome.Refused why, long connections) {}
}
