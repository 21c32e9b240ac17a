package io.lhttp.bench;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A command line of words and {@code --name value} pairs. Each number has to be within bounds that
 * its reader gives.
 */
public record Args(List<String> words, Map<String, String> options) {

  /**
   * @param known the names that options may have
   * @throws IllegalArgumentException names the option that is unknown or lacks its value
   */
  public static Args parse(List<String> line, List<String> known) {
    var words = new ArrayList<String>();
    var options = new HashMap<String, String>();
    for (var i = 0; i < line.size(); i++) {
      var word = line.get(i);
      if (!word.startsWith("--")) {
        words.add(word);
        continue;
      }
      var name = word.substring(2);
      if (!known.contains(name)) {
        throw new IllegalArgumentException(
            "unknown option %s, there are: --%s".formatted(word, String.join(" --", known)));
      }
      if (++i == line.size()) {
        throw new IllegalArgumentException("option %s wants a value".formatted(word));
      }
      options.put(name, line.get(i));
    }
    return new Args(List.copyOf(words), Map.copyOf(options));
  }

  public Optional<String> option(String name) {
    return Optional.ofNullable(options.get(name));
  }

  /** Returns those of these options that were given, for the command line of another main class. */
  public List<String> passedOn(List<String> names) {
    return names.stream()
        .flatMap(name -> option(name).stream().flatMap(value -> Stream.of("--" + name, value)))
        .toList();
  }

  public int number(String name, int fallback, int least, int most) {
    return (int) decimal(name, fallback, least, most);
  }

  public Duration seconds(String name, double fallback, double most) {
    return Duration.ofMillis(Math.round(1000 * decimal(name, fallback, 0.01, most)));
  }

  private double decimal(String name, double fallback, double least, double most) {
    var text = options.get(name);
    if (text == null) {
      return fallback;
    }
    try {
      var value = Double.parseDouble(text);
      if (value >= least && value <= most) {
        return value;
      }
    } catch (NumberFormatException e) {
      // the exception below reports the text that is no number
    }
    throw new IllegalArgumentException(
        "--%s is a number from %s to %s, this is not: '%s'".formatted(name, least, most, text));
  }
}
