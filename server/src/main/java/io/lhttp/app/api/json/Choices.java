package io.lhttp.app.api.json;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/**
 * Interfaces with several records. Their JSON is an object with one member, whose name chooses the
 * record of its value. Immutable.
 *
 * @param byType the records by name, for each interface
 */
public record Choices(Map<Class<?>, Map<String, Class<? extends Record>>> byType) {
  public static final Choices NONE = new Choices(Map.of());

  public Choices {
    var copy = new LinkedHashMap<Class<?>, Map<String, Class<? extends Record>>>(byType);
    byType = Collections.unmodifiableMap(copy);
  }

  boolean has(Class<?> type) {
    return byType.containsKey(type);
  }

  Map<String, Class<? extends Record>> of(Class<?> type) {
    return Objects.requireNonNull(byType.get(type));
  }
}
