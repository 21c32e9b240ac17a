package io.lhttp.bench.rivals;

import io.lhttp.bench.Report;
import java.util.List;
import java.util.Optional;

/**
 * Our CPU per message divided by another server's, beside the reference in the repository.
 *
 * @param reference empty if the repository has none
 * @param ratios one per round
 */
record Comparison(String traffic, String other, Optional<Double> reference, List<Double> ratios) {
  /** The share by which a ratio may be beyond the reference. */
  private static final double ALLOWED = 0.10;

  double median() {
    return Report.median(ratios.stream().mapToDouble(Double::doubleValue).toArray());
  }

  /** The percentage by which we cost more than the reference; negative if less. */
  double percentMore() {
    return reference.map(r -> 100 * (median() / r - 1)).orElse(0.0);
  }

  boolean isBeyond() {
    return reference.filter(r -> median() > r * (1 + ALLOWED)).isPresent();
  }

  static String head() {
    return "%-14s%-8s%11s%9s%18s%9s".formatted("mode", "beside", "reference", "now", "rounds", "");
  }

  @Override
  public String toString() {
    var sorted = ratios.stream().mapToDouble(Double::doubleValue).sorted().toArray();
    return "%-14s%-8s%11s%9.2f%18s%9s%s"
        .formatted(
            traffic,
            other,
            reference.map("%.2f"::formatted).orElse("none"),
            median(),
            "%.2f – %.2f".formatted(sorted[0], sorted[sorted.length - 1]),
            reference.isPresent() ? "%+.0f %%".formatted(percentMore()) : "",
            isBeyond() ? "  OVER" : "")
        .stripTrailing();
  }
}
