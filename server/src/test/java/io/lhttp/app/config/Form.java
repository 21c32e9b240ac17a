package io.lhttp.app.config;

import java.lang.reflect.RecordComponent;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The written form of a value, as the reference and the schema of {@code lhttp.yaml} show it. */
public sealed interface Form {
  /**
   * A single value.
   *
   * @param words completes "expected …", as {@link Shape#single} has it
   */
  record One(Kind kind, String words) implements Form {}

  /** A word for one of these constants. */
  record Words(Map<String, Enum<?>> constants) implements Form {}

  /** One fixed word. */
  record Word(String word) implements Form {}

  record Items(Form item) implements Form {}

  /** Names of the user's own, each with a value. */
  record Entries(Form value) implements Form {}

  /** The keys of a record. */
  record Keys(List<Key> keys) implements Form {
    public Keys {
      keys = List.copyOf(keys);
    }
  }

  record Either(List<Form> forms) implements Form {
    public static Either of(Form... forms) {
      return new Either(List.of(forms));
    }
  }

  record Anything() implements Form {}

  /** The YAML type of a single value. */
  enum Kind {
    TEXT,
    WHOLE,
    NUMBER,
    TRUTH,
    DURATION,
    SIZE
  }

  /**
   * A key of a record.
   *
   * @param fallback its default; null if it has none
   */
  record Key(
      String name,
      RecordComponent component,
      Form form,
      boolean required,
      @Nullable Object fallback) {}
}
