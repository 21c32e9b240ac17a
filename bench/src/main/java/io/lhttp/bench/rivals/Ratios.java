package io.lhttp.bench.rivals;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** Collects CPU per message round by round, and divides ours by that of each other server. */
final class Ratios {
  private final References references;
  private final Map<Traffic, Map<Contestant, List<Double>>> figures = new EnumMap<>(Traffic.class);

  Ratios(References references) {
    this.references = references;
  }

  /** Adds a result; each server must be added once a round. */
  void add(Traffic traffic, Contestant contestant, double micros) {
    figures
        .computeIfAbsent(traffic, t -> new EnumMap<>(Contestant.class))
        .computeIfAbsent(contestant, c -> new ArrayList<>())
        .add(micros);
  }

  /**
   * Returns the traffics in which we cost more than the references allow, beside every other
   * server. A ratio to one alone also grows when that server happens to be faster.
   */
  List<Traffic> losses(List<Traffic> traffics) {
    return traffics.stream().filter(this::isLost).toList();
  }

  private boolean isLost(Traffic traffic) {
    var compared = comparisons(traffic).stream().filter(c -> c.reference().isPresent()).toList();
    return !compared.isEmpty() && compared.stream().allMatch(Comparison::isBeyond);
  }

  /** Returns the traffics in which some ratio is beyond its reference. */
  List<Traffic> doubts(List<Traffic> traffics) {
    return traffics.stream()
        .filter(traffic -> comparisons(traffic).stream().anyMatch(Comparison::isBeyond))
        .toList();
  }

  List<Comparison> comparisons() {
    return figures.keySet().stream().flatMap(t -> comparisons(t).stream()).toList();
  }

  private List<Comparison> comparisons(Traffic traffic) {
    var servers = figures.getOrDefault(traffic, Map.of());
    var ours = Objects.requireNonNullElse(servers.get(Contestant.OURS), List.<Double>of());
    var comparisons = new ArrayList<Comparison>();
    servers.forEach((other, theirs) -> {
      if (other != Contestant.OURS) {
        comparisons.add(
            new Comparison(
                traffic.label(),
                other.label,
                references.of(traffic.label(), other.label),
                divide(ours, theirs)));
      }
    });
    return comparisons;
  }

  private static List<Double> divide(List<Double> ours, List<Double> theirs) {
    var ratios = new ArrayList<Double>();
    for (var i = 0; i < Math.min(ours.size(), theirs.size()); i++) {
      ratios.add(ours.get(i) / theirs.get(i));
    }
    return ratios;
  }
}
