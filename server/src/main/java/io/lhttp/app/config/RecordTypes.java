package io.lhttp.app.config;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Modifier;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The keys, defaults and choices of the record types that a {@link Binder} creates. */
public final class RecordTypes {
  private RecordTypes() {}

  /**
   * Returns the records that implement a sealed interface, by their names in kebab-case; an empty
   * map for other types.
   */
  static Map<String, Class<? extends Record>> choices(Class<?> type) {
    var choices = new LinkedHashMap<String, Class<? extends Record>>();
    if (type.isSealed()) {
      for (var permitted : type.getPermittedSubclasses()) {
        if (permitted.isRecord()) {
          choices.put(kebab(permitted.getSimpleName()), permitted.asSubclass(Record.class));
        } else {
          choices.putAll(choices(permitted));
        }
      }
    }
    return choices;
  }

  /**
   * Returns the default of a record: its constant {@code DEFAULT}, or else the result of its
   * constructor without parameters; empty if it has neither.
   */
  static <R extends Record> Optional<R> defaults(Class<R> type)
      throws ReflectiveOperationException {
    for (var field : type.getDeclaredFields()) {
      if (field.getName().equals("DEFAULT")
          && field.getType() == type
          && Modifier.isStatic(field.getModifiers())) {
        field.setAccessible(true);
        return Optional.ofNullable(type.cast(field.get(null)));
      }
    }
    for (var constructor : type.getDeclaredConstructors()) {
      if (constructor.getParameterCount() == 0) {
        constructor.setAccessible(true);
        return Optional.of(type.cast(constructor.newInstance()));
      }
    }
    return Optional.empty();
  }

  /** Returns the value of a record's component. */
  public static @Nullable Object read(RecordComponent component, Record record) {
    try {
      component.getAccessor().setAccessible(true);
      return component.getAccessor().invoke(record);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("a record's accessor failed: " + component, e);
    }
  }

  /** Returns the empty collection or optional of a type; null for other types. */
  static @Nullable Object empty(Class<?> type) {
    if (type == List.class) {
      return List.of();
    } else if (type == Set.class) {
      return Set.of();
    } else if (type == OptionalInt.class) {
      return OptionalInt.empty();
    } else if (type == OptionalLong.class) {
      return OptionalLong.empty();
    } else if (type == OptionalDouble.class) {
      return OptionalDouble.empty();
    } else if (type == Map.class) {
      return Map.of();
    }
    return type == Optional.class ? Optional.empty() : null;
  }

  /** Returns the keys of all components, in their order. */
  static List<String> keys(Class<? extends Record> type) {
    return Arrays.stream(type.getRecordComponents()).map(RecordTypes::key).toList();
  }

  /** Returns the key under which a configuration has this component. */
  public static String key(RecordComponent component) {
    var key = component.getAnnotation(Key.class);
    return key != null ? key.value() : kebab(component.getName());
  }

  /** Returns a name of Java code in kebab-case. */
  public static String kebab(String name) {
    return name.replaceAll("(?<=[a-z0-9])(?=[A-Z])", "-").toLowerCase(Locale.ROOT);
  }

  /**
   * Creates a record by its canonical constructor.
   *
   * @throws InvocationTargetException if the constructor throws
   */
  public static <R extends Record> R create(Class<R> type, @Nullable Object[] values)
      throws InvocationTargetException {
    var types =
        Arrays.stream(type.getRecordComponents())
            .map(RecordComponent::getType)
            .toArray(Class<?>[]::new);
    try {
      var constructor = type.getDeclaredConstructor(types);
      constructor.setAccessible(true);
      return constructor.newInstance(values);
    } catch (InvocationTargetException e) {
      throw e;
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("every record has this constructor: " + type, e);
    }
  }

  /** Returns the class of a type, without its type arguments. */
  public static Class<?> raw(Type type) {
    return type instanceof ParameterizedType parameterized
        ? (Class<?>) parameterized.getRawType()
        : type instanceof Class<?> plain ? plain : Object.class;
  }

  /** Returns a type argument of a type; {@link Object} if the type has none. */
  public static Type argument(Type type, int index) {
    return type instanceof ParameterizedType parameterized
        ? parameterized.getActualTypeArguments()[index]
        : Object.class;
  }
}
