package io.lhttp.filters.auth;

import static java.util.Objects.requireNonNull;

import io.lhttp.Metric;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Stream;

/**
 * Counts accepted tokens, refused tokens and messages, and revoked subscriptions; the filter owns
 * it. All threads may use it.
 */
final class AuthMetrics {
  private final LongAdder accepted = new LongAdder();
  private final LongAdder revoked = new LongAdder();

  /** The counters of refusals. The constructor fills the map, and no code changes the map later. */
  private final Map<RefusalReason, LongAdder> refused = new EnumMap<>(RefusalReason.class);

  AuthMetrics() {
    for (var reason : RefusalReason.values()) {
      refused.put(reason, new LongAdder());
    }
  }

  void accepted() {
    accepted.increment();
  }

  void revoked() {
    revoked.increment();
  }

  void refused(RefusalReason reason) {
    requireNonNull(refused.get(reason)).increment();
  }

  Stream<Metric> metrics() {
    return Stream.concat(
        Stream.of(
            Metric.counter(
                "auth_accepted",
                "Tokens that were verified and accepted.",
                (double) accepted.sum()),
            Metric.counter(
                "auth_subscriptions_revoked",
                "Subscriptions ended because they were no longer allowed.",
                (double) revoked.sum())),
        refused.entrySet().stream()
            .map(entry ->
                Metric.counter(
                        "auth_refusals",
                        "Refused tokens, and messages refused for lack of a token or permission.",
                        (double) entry.getValue().sum())
                    .with("reason", entry.getKey().label())));
  }
}
