package io.lhttp.internal.attribute;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A value of a replaced class, without the class. Immutable, apart from values of the JDK. */
public sealed interface DetachedValue {
  /** A record as its components by name, without those that could not be detached. */
  record OfRecord(String className, Map<String, Object> components) implements DetachedValue {}

  /** A constant of an enum. */
  record OfEnum(String className, String constant) implements DetachedValue {}

  /** A list or set that contains values of a replaced class. */
  record OfCollection(List<@Nullable Object> elements) implements DetachedValue {}

  /**
   * A map that contains values of a replaced class.
   *
   * @param concurrent whether the original was a concurrent map
   */
  record OfMap(Map<Object, @Nullable Object> entries, boolean concurrent)
      implements DetachedValue {}
}
