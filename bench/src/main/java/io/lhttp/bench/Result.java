package io.lhttp.bench;

import java.util.Arrays;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** The result of one round on one server; processes exchange it as a line of text. */
public record Result(String server, Map<Figure, Double> figures) {
  private static final String MARK = "result";

  @Override
  public String toString() {
    return figures.entrySet().stream()
        .map(e -> "%s=%s".formatted(e.getKey(), e.getValue()))
        .collect(Collectors.joining(" ", MARK + " " + server + " ", ""));
  }

  /** Parses the output of {@link #toString}; empty for any other line. */
  static Optional<Result> parse(String line) {
    var words = line.split(" ", -1);
    if (words.length < 2 || !words[0].equals(MARK)) {
      return Optional.empty();
    }
    var figures = new EnumMap<Figure, Double>(Figure.class);
    Arrays.stream(words)
        .skip(2)
        .map(word -> word.split("=", 2))
        .forEach(pair -> figures.put(Figure.valueOf(pair[0]), Double.valueOf(pair[1])));
    return Optional.of(new Result(words[1], figures));
  }

  /** One line for people. */
  public String summary() {
    return figures.entrySet().stream()
        .map(e ->
            "%s %s"
                .formatted(
                    e.getKey().name().toLowerCase(Locale.ROOT), e.getKey().format(e.getValue())))
        .collect(Collectors.joining(", ", server + ": ", ""));
  }
}
