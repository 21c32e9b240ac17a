package io.lhttp;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.regex.Pattern;

/**
 * One figure with its labels. All figures of one name have the same kind, help and label names.
 *
 * @param name lower case letters, digits and underscores, the unit last, such as {@code
 *     upstream_queue_bytes}. The metrics page adds {@code lhttp_} before the name and {@code
 *     _total} after a counter's. Prometheus reserves the endings {@code _total}, {@code _created},
 *     {@code _bucket}, {@code _info}, {@code _count} and {@code _sum}
 * @param help one line for an operator who has never heard of the figure
 * @param labels values by name, in order; the server adds {@code link} for a filter or processor
 */
public record Metric(
    Kind kind, String name, String help, SequencedMap<String, String> labels, double value) {
  private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9_]*");
  private static final List<String> RESERVED =
      List.of("_total", "_created", "_bucket", "_info", "_count", "_sum");

  /** Labels to which Prometheus gives a meaning of its own. */
  private static final List<String> RESERVED_LABELS = List.of("quantile", "le");

  /** The kinds of figures. */
  public enum Kind {
    /** A figure that grows from zero. */
    COUNTER,
    /** A figure that grows and shrinks. */
    GAUGE
  }

  public Metric {
    require(name);
    for (var suffix : RESERVED) {
      if (name.endsWith(suffix)) {
        throw new IllegalArgumentException(
            "the metrics put " + suffix + " behind a name themselves: " + name);
      }
    }
    for (var label : labels.keySet()) {
      require(label);
      if (RESERVED_LABELS.contains(label)) {
        throw new IllegalArgumentException("the metrics keep this label for themselves: " + label);
      }
    }
    labels = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(labels));
  }

  public static Metric counter(String name, String help, double value) {
    return new Metric(Kind.COUNTER, name, help, new LinkedHashMap<>(), value);
  }

  public static Metric counter(String name, String help, long value) {
    return counter(name, help, (double) value);
  }

  public static Metric gauge(String name, String help, long value) {
    return gauge(name, help, (double) value);
  }

  public static Metric gauge(String name, String help, double value) {
    return new Metric(Kind.GAUGE, name, help, new LinkedHashMap<>(), value);
  }

  /** Returns the same figure with one more label. */
  public Metric with(String label, String value) {
    var more = new LinkedHashMap<>(labels);
    more.put(label, value);
    return new Metric(kind, name, help, more, this.value);
  }

  private static void require(String name) {
    if (!NAME.matcher(name).matches()) {
      throw new IllegalArgumentException(
          "a name in the metrics has lower case, digits and underscores: " + name);
    }
  }
}
