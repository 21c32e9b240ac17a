package io.lhttp.internal.attribute;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A value of a replaced class, without the class. Immutable, apart from values of the JDK. */
public sealed interface Carried {
  /** A record by its components; those that could not be carried over are left out. */
  record OfRecord(String className, Map<String, Object> components) implements Carried {}

  /** A constant of an enum. */
  record OfEnum(String className, String constant) implements Carried {}

  /** A list or set with such values. */
  record OfCollection(List<@Nullable Object> elements) implements Carried {}

  /**
   * A map with such values.
   *
   * @param concurrent whether many threads may have changed the map
   */
  record OfMap(Map<Object, @Nullable Object> entries, boolean concurrent) implements Carried {}
}
