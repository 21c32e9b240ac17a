package io.lhttp.filters.upstream;

import io.lhttp.ClientKey;
import io.lhttp.Metric;
import java.time.Duration;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * One or several equivalent targets, between which requests are balanced. All threads may use it.
 */
final class Upstream {
  final String name;
  final List<Target> targets;
  private final AtomicInteger turn = new AtomicInteger();

  Upstream(String name, List<Target> targets) {
    this.name = name;
    this.targets = List.copyOf(targets);
  }

  /**
   * Returns the available target with the fewest running requests; targets with equally many take
   * turns. Targets that were already tried come last.
   *
   * @param client the client whose request is sent
   */
  Optional<Target> pick(ClientKey client, Collection<Target> tried) {
    var start = turn.getAndIncrement();
    Target best = null;
    for (var i = 0; i < targets.size(); i++) {
      var target = targets.get(Math.floorMod(start + i, targets.size()));
      if (target.available(client) && (best == null || better(target, best, tried))) {
        best = target;
      }
    }
    return Optional.ofNullable(best);
  }

  /** The time until a request of this client may be sent to one of the targets again. */
  Duration pause(ClientKey client) {
    return targets.stream()
        .map(target -> target.breaker.pause(client))
        .filter(Duration::isPositive)
        .min(Comparator.naturalOrder())
        .orElse(Duration.ofSeconds(1));
  }

  void measure(List<Metric> metrics) {
    targets.forEach(target -> target.measure(name, metrics));
  }

  private static boolean better(Target target, Target than, Collection<Target> tried) {
    var triedTarget = tried.contains(target);
    var triedThan = tried.contains(than);
    return triedTarget == triedThan ? target.limiter.inside() < than.limiter.inside() : triedThan;
  }
}
