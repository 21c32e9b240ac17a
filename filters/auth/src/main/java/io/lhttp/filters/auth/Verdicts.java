package io.lhttp.filters.auth;

import static java.util.Objects.requireNonNull;

import io.lhttp.Metric;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Stream;

/** Counts accepted and refused tokens, and refused messages. All threads may use it. */
final class Verdicts {
  private final LongAdder accepted = new LongAdder();
  private final LongAdder revoked = new LongAdder();

  /** Filled in the constructor, and not changed later. */
  private final Map<Reason, LongAdder> refused = new EnumMap<>(Reason.class);

  Verdicts() {
    for (var reason : Reason.values()) {
      refused.put(reason, new LongAdder());
    }
  }

  void accepted() {
    accepted.increment();
  }

  void revoked() {
    revoked.increment();
  }

  void refused(Reason reason) {
    requireNonNull(refused.get(reason)).increment();
  }

  Stream<Metric> metrics() {
    return Stream.concat(
        Stream.of(
            Metric.counter(
                "auth_accepted", "Tokens that were shown and are good.", (double) accepted.sum()),
            Metric.counter(
                "auth_revoked",
                "Subscriptions that ended as they were no longer allowed.",
                (double) revoked.sum())),
        refused.entrySet().stream()
            .map(entry ->
                Metric.counter(
                        "auth_refused",
                        "Tokens that are not good, and messages that need another one.",
                        (double) entry.getValue().sum())
                    .with("reason", entry.getKey().label())));
  }
}
