package io.lhttp.filters.quota;

import java.util.Optional;
import java.util.stream.Stream;

/**
 * The limits of one tenant on one server. A limit that is absent is the one of all tenants, or none
 * at all.
 *
 * @param connections the most open connections, 1 at least
 * @param subscriptions the most subscriptions of all connections together, 1 at least
 * @param publications the publications per second, 1 at least
 * @param burst the most publications at once, 1 at least; by default those of one second
 * @param historyBytes the most bytes that its publications keep in histories, 1 KiB at least
 */
public record Quota(
    Optional<Integer> connections,
    Optional<Integer> subscriptions,
    Optional<Integer> publications,
    Optional<Integer> burst,
    Optional<Long> historyBytes) {
  /** No limits. */
  public static final Quota NONE =
      new Quota(
          Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());

  private static final long LEAST_HISTORY_BYTES = 1024;

  public Quota {
    if (Stream.of(connections, subscriptions, publications, burst)
        .flatMap(Optional::stream)
        .anyMatch(limit -> limit < 1)) {
      throw new IllegalArgumentException(
          "connections, subscriptions, publications and burst have to be positive");
    }
    if (historyBytes.filter(bytes -> bytes < LEAST_HISTORY_BYTES).isPresent()) {
      throw new IllegalArgumentException("history-bytes has to be at least 1KiB");
    }
  }

  /** Returns these limits, with those of all tenants in the place of absent ones. */
  Quota over(Quota all) {
    return new Quota(
        connections.or(all::connections),
        subscriptions.or(all::subscriptions),
        publications.or(all::publications),
        // a burst belongs to its rate
        burst.or(() -> publications.isPresent() ? Optional.empty() : all.burst()),
        historyBytes.or(all::historyBytes));
  }

  /** The most publications at once; only asked if publications are limited. */
  int most() {
    return burst.or(() -> publications).orElse(Integer.MAX_VALUE);
  }
}
