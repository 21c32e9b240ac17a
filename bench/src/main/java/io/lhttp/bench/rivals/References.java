package io.lhttp.bench.rivals;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** The reference ratios in the repository, by mode and by the other server. */
final class References {
  static final Path FILE = Path.of("bench", "guard.json");

  private static final JsonMapper JSON =
      JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

  private final Map<String, Map<String, Double>> ratios;

  private References(Map<String, Map<String, Double>> ratios) {
    this.ratios = ratios;
  }

  /** Returns no references if there is no such file. */
  static References read(Path file) throws IOException {
    return new References(
        Files.exists(file) ? JSON.readValue(file.toFile(), new TypeReference<>() {}) : Map.of());
  }

  Optional<Double> of(String traffic, String other) {
    return Optional.ofNullable(ratios.getOrDefault(traffic, Map.of()).get(other));
  }

  /** Replaces the references by these medians; others stay. */
  static void record(Collection<Comparison> comparisons, Path file) throws IOException {
    var all = new TreeMap<String, Map<String, Double>>();
    read(file).ratios.forEach((traffic, others) -> all.put(traffic, new TreeMap<>(others)));
    for (var comparison : comparisons) {
      all.computeIfAbsent(comparison.traffic(), t -> new TreeMap<>())
          .put(comparison.other(), Math.round(comparison.median() * 1000) / 1000.0);
    }
    Files.writeString(file, JSON.writeValueAsString(all) + "\n");
  }
}
