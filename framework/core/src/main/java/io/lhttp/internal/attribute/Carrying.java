package io.lhttp.internal.attribute;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Copies attribute values out of replaced classes, so that no attribute keeps a replaced class in
 * memory. Confined to one thread.
 */
public final class Carrying {
  /**
   * The deepest nesting of a value. Deeper values are dropped, because they may contain themselves.
   */
  private static final int MAX_DEPTH = 64;

  /**
   * The most objects of one value. Larger values are dropped, because the copy of a graph may be
   * far larger than the graph.
   */
  private static final int MAX_OBJECTS = 10_000;

  private final Reach reach;
  private final boolean ownerEnded;
  private int objects;

  /**
   * @param ended tests whether the classes of a class loader were replaced
   * @param ownerEnded whether the code that stored the value was replaced
   */
  public Carrying(Predicate<ClassLoader> ended, boolean ownerEnded) {
    this.reach = new Reach(ended, ownerEnded);
    this.ownerEnded = ownerEnded;
  }

  /**
   * Returns the value, or a copy that refers to no replaced class; null if there is no such copy.
   */
  public @Nullable Object carry(Object value) {
    try {
      objects = 0;
      var carried = carry(value, 0);
      return tooLarge() ? null : carried;
    } catch (RuntimeException _) { // such as the exception of a map that another thread changes
      return ownerEnded ? null : value;
    }
  }

  private @Nullable Object carry(Object value, int depth) {
    objects++;
    if (depth > MAX_DEPTH || tooLarge()) {
      return null;
    }
    if (!reach.replacedClassFrom(value)) {
      return value;
    }
    return switch (value) {
      case Record record -> record(record, depth);
      case Enum<?> constant ->
          new Carried.OfEnum(constant.getDeclaringClass().getName(), constant.name());
      case Optional<?> optional -> optional.map(inner -> carry(inner, depth + 1)).orElse(null);
      case List<?> list when ofJdk(list) -> collection(list, depth);
      case Set<?> set when ofJdk(set) -> collection(set, depth);
      case Map<?, ?> map when ofJdk(map) -> map(map, depth);
      default -> null;
    };
  }

  private boolean tooLarge() {
    return objects > MAX_OBJECTS || reach.exhausted();
  }

  private @Nullable Object record(Record record, int depth) {
    var components = new LinkedHashMap<String, Object>();
    try {
      for (var component : record.getClass().getRecordComponents()) {
        // Reads the field instead of calling the accessor, because an accessor is users' code.
        var field = record.getClass().getDeclaredField(component.getName());
        field.setAccessible(true);
        var value = field.get(record);
        var carried = value == null ? null : carry(value, depth + 1);
        if (carried != null) {
          components.put(component.getName(), carried);
        } else if (value != null) {
          return null;
        }
      }
    } catch (ReflectiveOperationException | RuntimeException | LinkageError e) {
      return null;
    }
    return new Carried.OfRecord(record.getClass().getName(), components);
  }

  private @Nullable Object collection(Collection<?> from, int depth) {
    var elements = new ArrayList<@Nullable Object>();
    for (var element : from) {
      var carried = element == null ? null : carry(element, depth + 1);
      if (carried == null && element != null) {
        return null;
      }
      elements.add(carried);
    }
    return new Carried.OfCollection(elements);
  }

  private @Nullable Object map(Map<?, ?> from, int depth) {
    var entries = new LinkedHashMap<Object, @Nullable Object>();
    for (var entry : from.entrySet()) {
      var key = entry.getKey();
      var value = entry.getValue();
      var carried = value == null ? null : carry(value, depth + 1);
      if (key == null || reach.replacedClassFrom(key) || (carried == null && value != null)) {
        return null;
      }
      entries.put(key, carried);
    }
    return new Carried.OfMap(entries, from instanceof ConcurrentMap);
  }

  /**
   * Whether the container's class is the JDK's, so that reading the container runs no users' code.
   */
  private static boolean ofJdk(Object container) {
    return container.getClass().getClassLoader() == null;
  }
}
