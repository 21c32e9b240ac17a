package io.lhttp.internal.control;

import io.lhttp.Outcome;
import io.lhttp.control.Changes;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Counts refusals by their reason. Confined to one thread. */
public final class Refusals {
  /** The most reasons that an answer lists. */
  public static final int MAX = 10;

  /** The most reasons that are told apart; further ones are left out. */
  private static final int MAX_DIFFERENT = 1_000;

  private final Map<Outcome.Refused, Long> counts = new HashMap<>();

  public void add(Outcome.Refused why) {
    add(new Changes.Refusal(why, 1));
  }

  public void add(Changes.Refusal refusal) {
    if (counts.size() < MAX_DIFFERENT || counts.containsKey(refusal.why())) {
      counts.merge(refusal.why(), refusal.connections(), Long::sum);
    }
  }

  /** Returns the most frequent reasons, at most {@value #MAX}. */
  public List<Changes.Refusal> mostFrequent() {
    return counts.entrySet().stream()
        .map(entry -> new Changes.Refusal(entry.getKey(), entry.getValue()))
        .sorted(Comparator.comparingLong(Changes.Refusal::connections).reversed())
        .limit(MAX)
        .toList();
  }
}
