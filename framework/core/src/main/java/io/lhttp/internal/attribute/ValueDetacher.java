package io.lhttp.internal.attribute;

import io.lhttp.internal.log.Loggable;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Copies attribute values out of replaced classes, so that no attribute keeps a replaced class in
 * memory. Confined to one thread.
 */
public final class ValueDetacher {
  /**
   * The deepest nesting of a value. Deeper values are dropped, because they may contain themselves.
   */
  private static final int MAX_DEPTH = 64;

  /**
   * The most objects of one value. Larger values are dropped, because the copy of a graph may be
   * far larger than the graph.
   */
  private static final int MAX_OBJECTS = 10_000;

  private final ReplacedClassSearch search;
  private final boolean ownerEnded;
  private final int most;
  private int objects;

  /** The first reason why a value can't be detached; null if there is none. */
  private @Nullable String reason;

  /**
   * @param ended tests whether the classes of a class loader were replaced
   * @param ownerEnded whether the code that stored the value was replaced
   */
  public ValueDetacher(Predicate<ClassLoader> ended, boolean ownerEnded) {
    this.search = new ReplacedClassSearch(ended, ownerEnded);
    this.ownerEnded = ownerEnded;
    this.most = MAX_OBJECTS;
  }

  /**
   * Creates a copier for a few large values, such as the states of links.
   *
   * @param most the most objects that a value may have
   */
  ValueDetacher(Predicate<ClassLoader> ended, int most) {
    this.search = new ReplacedClassSearch(ended, most);
    this.ownerEnded = true;
    this.most = most;
  }

  /** The reason why the last value could not be detached. */
  String reason() {
    return tooLarge() || reason == null
        ? "it has more than %,d objects, or contains itself".formatted(most)
        : reason;
  }

  /**
   * Returns the value, or a copy that refers to no replaced class; null if there is no such copy.
   */
  public @Nullable Object detach(Object value) {
    try {
      objects = 0;
      var detached = detach(value, 0);
      return tooLarge() ? null : detached;
    } catch (RuntimeException | StackOverflowError | AssertionError | LinkageError e) {
      // A map throws if another thread changes it, and the hashCode of a key may throw.
      reason = "it can't be read: " + Loggable.text(e);
      return ownerEnded ? null : value;
    }
  }

  private @Nullable Object detach(Object value, int depth) {
    objects++;
    if (depth > MAX_DEPTH || tooLarge()) {
      return null;
    }
    if (!search.findsReplacedClass(value)) {
      return value;
    }
    var detached = replaced(value, depth);
    if (detached == null && reason == null) {
      reason =
          "%s is an object of a replaced class, or leads to one, and is no record"
              .formatted(DroppedAttributeLog.className(value));
    }
    return detached;
  }

  private @Nullable Object replaced(Object value, int depth) {
    return switch (value) {
      case Record record -> record(record, depth);
      case Enum<?> constant ->
          new DetachedValue.OfEnum(constant.getDeclaringClass().getName(), constant.name());
      case Optional<?> optional -> optional.map(inner -> detach(inner, depth + 1)).orElse(null);
      case List<?> list when ofJdk(list) -> collection(list, depth);
      case Set<?> set when ofJdk(set) -> collection(set, depth);
      case Queue<?> queue when ofJdk(queue) -> collection(queue, depth);
      case Map<?, ?> map when ofJdk(map) -> map(map, depth);
      default -> null;
    };
  }

  private boolean tooLarge() {
    return objects > most || search.exhausted();
  }

  private @Nullable Object record(Record record, int depth) {
    var components = new LinkedHashMap<String, Object>();
    try {
      for (var component : record.getClass().getRecordComponents()) {
        // Reads the field instead of calling the accessor, because an accessor is users' code.
        var field = record.getClass().getDeclaredField(component.getName());
        field.setAccessible(true);
        var value = field.get(record);
        var detached = value == null ? null : detach(value, depth + 1);
        if (detached != null) {
          components.put(component.getName(), detached);
        } else if (value != null) {
          return null;
        }
      }
    } catch (ReflectiveOperationException | RuntimeException | LinkageError e) {
      return null;
    }
    return new DetachedValue.OfRecord(record.getClass().getName(), components);
  }

  private @Nullable Object collection(Collection<?> from, int depth) {
    var elements = new ArrayList<@Nullable Object>();
    for (var element : from) {
      var detached = element == null ? null : detach(element, depth + 1);
      if (detached == null && element != null) {
        return null;
      }
      elements.add(detached);
    }
    return new DetachedValue.OfCollection(elements);
  }

  private @Nullable Object map(Map<?, ?> from, int depth) {
    var entries = new LinkedHashMap<Object, @Nullable Object>();
    for (var entry : from.entrySet()) {
      var key = entry.getKey() == null ? null : detach(entry.getKey(), depth + 1);
      var value = entry.getValue();
      var detached = value == null ? null : detach(value, depth + 1);
      if (key == null || (detached == null && value != null)) {
        return null;
      }
      entries.put(key, detached);
    }
    return new DetachedValue.OfMap(entries, from instanceof ConcurrentMap);
  }

  /**
   * Whether the container's class is the JDK's, so that reading the container runs no users' code.
   */
  private static boolean ofJdk(Object container) {
    return container.getClass().getClassLoader() == null;
  }
}
