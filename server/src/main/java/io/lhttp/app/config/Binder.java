package io.lhttp.app.config;

import io.lhttp.app.config.Node.Entry;
import io.lhttp.app.config.Node.Mapping;
import io.lhttp.app.config.Node.Nothing;
import io.lhttp.app.config.Node.Sequence;
import io.lhttp.app.config.Node.Unread;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Modifier;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Creates records from nodes. A component's key is its name in kebab-case, or its {@link Key}.
 *
 * <p>A missing value comes from a default: an instance of the caller, a constant {@code DEFAULT} of
 * the record's own type, or a constructor of the record without parameters. Without a default, a
 * list, a map and an {@link Optional} are empty. Components may be strings, numbers, booleans,
 * {@link java.time.Duration} (10s, 500ms), {@link java.net.URI}, enums, lists and maps of these,
 * other records, and optionals. They may also be types with a public static {@code parse(String)}
 * (whose {@link IllegalArgumentException} completes "expected …"), and types of added shapes. A
 * number whose name ends in {@code Bytes} is a size (64KiB).
 *
 * <p>Each error becomes a problem. The default, or nothing in a list or map, replaces the wrong
 * value, so that the rest can be checked, too. A result may be used only if there is no problem.
 */
public final class Binder {
  private static final Object MISSING = new Object();

  private final Problems problems;
  private final Map<Class<?>, Shape<?>> shapes = new HashMap<>(Shapes.ALL);

  public Binder(Problems problems) {
    this.problems = problems;
  }

  /** Adds a type. */
  public <T> Binder with(Class<T> type, Shape<T> shape) {
    shapes.put(type, shape);
    return this;
  }

  public Problems problems() {
    return problems;
  }

  /** Returns the record that the node describes; empty, with a problem, if that is impossible. */
  public <R extends Record> Optional<R> bind(Class<R> type, Node node, String name) {
    return bind(type, node, name, defaults(type));
  }

  /** Returns the record, with missing values from {@code defaults}. */
  public <R extends Record> Optional<R> bind(Class<R> type, Node node, String name, R defaults) {
    return bind(type, node, name, Optional.of(defaults));
  }

  /** Returns the value that the node describes, or {@code fallback} if it has another type. */
  public <T> T value(Class<T> type, Node node, String name, T fallback) {
    var value = value((Type) type, node, name, MISSING);
    return type.isInstance(value) ? type.cast(value) : fallback;
  }

  private <R extends Record> Optional<R> bind(
      Class<R> type, Node node, String name, Optional<R> defaults) {
    if (node instanceof Unread) {
      return defaults;
    }
    if (!(node instanceof Mapping) && !(node instanceof Nothing)) {
      problems.add(
          node.place(),
          "%s: expected keys with values, not %s; the keys are %s",
          name,
          node.describe(name),
          String.join(", ", keys(type)));
      return Optional.empty();
    }
    var mapping = node instanceof Mapping m ? m : new Mapping(node.place(), List.of());
    refuseUnknown(mapping, keys(type), name);
    var components = type.getRecordComponents();
    var values = new @Nullable Object[components.length];
    for (var i = 0; i < components.length; i++) {
      values[i] = component(components[i], mapping, name, defaults);
    }
    return Arrays.stream(values).allMatch(value -> value != null)
        ? make(type, values, mapping, name)
        : Optional.empty();
  }

  private void refuseUnknown(Mapping mapping, List<String> keys, String name) {
    for (var entry : mapping.entries()) {
      if (!keys.contains(entry.key())) {
        problems.add(
            entry.place(),
            "unknown key '%s'%s",
            path(name, Shown.key(entry.key(), name, keys)),
            Nearest.hint(entry.key(), keys));
      }
    }
  }

  private @Nullable Object component(
      RecordComponent component,
      Mapping mapping,
      String name,
      Optional<? extends Record> defaults) {
    var key = key(component);
    var fallback = defaults.map(record -> read(component, record)).orElse(MISSING);
    var entry = mapping.entry(key);
    if (entry.isPresent()) {
      var value = entered(component, entry.get(), path(name, key), fallback);
      return value == null && fallback != MISSING ? fallback : value;
    }
    var value = fallback == MISSING ? empty(component.getType()) : fallback;
    if (value == null) {
      problems.add(mapping.place(), "%s: the key '%s' is missing", name, key);
    }
    return value;
  }

  private @Nullable Object entered(
      RecordComponent component, Entry entry, String name, Object fallback) {
    if (entry.value() instanceof Unread) {
      return null;
    }
    var type = component.getType();
    if (entry.value() instanceof Nothing && !type.isRecord() && empty(type) == null) {
      problems.add(entry.place(), "%s: a value is missing", name);
      return null;
    }
    if (component.getName().toLowerCase(Locale.ROOT).endsWith("bytes")) {
      if (type == int.class) {
        return Shapes.INT_SIZE.read(entry.value(), name, this);
      } else if (type == long.class) {
        return Shapes.SIZE.read(entry.value(), name, this);
      }
    }
    return value(component.getGenericType(), entry.value(), name, fallback);
  }

  private @Nullable Object value(Type type, Node node, String name, Object fallback) {
    if (node instanceof Unread) {
      return null;
    }
    var raw = raw(type);
    var shape = shapes.get(raw);
    if (shape != null) {
      return shape.read(node, name, this);
    }
    var parsed = Shapes.parsed(raw);
    if (parsed.isPresent()) {
      return parsed.get().read(node, name, this);
    } else if (raw == List.class) {
      return list(argument(type, 0), node, name);
    } else if (raw == Map.class) {
      return map(argument(type, 1), node, name);
    } else if (raw == Optional.class) {
      return optional(argument(type, 0), node, name);
    } else if (raw == Object.class) {
      return node.plain().orElse(null);
    } else if (raw.isEnum()) {
      return Shapes.constant(raw).read(node, name, this);
    } else if (raw.isRecord()) {
      return record(raw.asSubclass(Record.class), node, name, fallback);
    }
    throw new IllegalArgumentException(
        "%s: no configuration is known for %s".formatted(name, type.getTypeName()));
  }

  private <R extends Record> @Nullable R record(
      Class<R> type, Node node, String name, Object fallback) {
    var defaults = type.isInstance(fallback) ? Optional.of(type.cast(fallback)) : defaults(type);
    return bind(type, node, name, defaults).orElse(null);
  }

  private @Nullable Object optional(Type item, Node node, String name) {
    if (node instanceof Nothing) {
      return Optional.empty();
    }
    var value = value(item, node, name, MISSING);
    return value == null ? null : Optional.of(value);
  }

  private @Nullable List<Object> list(Type item, Node node, String name) {
    if (node instanceof Nothing) {
      return List.of();
    }
    if (!(node instanceof Sequence sequence)) {
      problems.add(node.place(), "%s: expected a list, not %s", name, node.describe(name));
      return null;
    }
    var list = new ArrayList<Object>();
    for (var i = 0; i < sequence.items().size(); i++) {
      var value = value(item, sequence.items().get(i), name + "[" + i + "]", MISSING);
      if (value != null) {
        list.add(value);
      }
    }
    return List.copyOf(list);
  }

  private @Nullable Map<String, Object> map(Type item, Node node, String name) {
    if (node instanceof Nothing) {
      return Map.of();
    }
    if (!(node instanceof Mapping mapping)) {
      problems.add(
          node.place(), "%s: expected keys with values, not %s", name, node.describe(name));
      return null;
    }
    var map = new LinkedHashMap<String, Object>();
    for (var entry : mapping.entries()) {
      var value = value(item, entry.value(), path(name, Shown.anyKey(entry.key(), name)), MISSING);
      if (value != null) {
        map.put(entry.key(), value);
      }
    }
    return Collections.unmodifiableMap(map);
  }

  private <R extends Record> Optional<R> make(
      Class<R> type, @Nullable Object[] values, Mapping mapping, String name) {
    var types =
        Arrays.stream(type.getRecordComponents())
            .map(RecordComponent::getType)
            .toArray(Class<?>[]::new);
    try {
      var constructor = type.getDeclaredConstructor(types);
      constructor.setAccessible(true);
      return Optional.of(constructor.newInstance(values));
    } catch (InvocationTargetException e) {
      problems.add(mapping.place(), "%s: %s", name, messageOf(e.getCause()));
      return Optional.empty();
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("every record has this constructor: " + type, e);
    }
  }

  private static String messageOf(@Nullable Throwable cause) {
    return cause instanceof IllegalArgumentException && cause.getMessage() != null
        ? Shown.sentence(cause.getMessage())
        : Shown.sentence(String.valueOf(cause));
  }

  private static <R extends Record> Optional<R> defaults(Class<R> type) {
    try {
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
    } catch (ReflectiveOperationException e) {
      throw new IllegalArgumentException("no default could be made of " + type, e);
    }
  }

  /** Returns the value of a component. */
  public static @Nullable Object read(RecordComponent component, Record record) {
    try {
      component.getAccessor().setAccessible(true);
      return component.getAccessor().invoke(record);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("a record's accessor failed: " + component, e);
    }
  }

  private static @Nullable Object empty(Class<?> type) {
    if (type == List.class) {
      return List.of();
    } else if (type == Map.class) {
      return Map.of();
    }
    return type == Optional.class ? Optional.empty() : null;
  }

  private static List<String> keys(Class<? extends Record> type) {
    return Arrays.stream(type.getRecordComponents()).map(Binder::key).toList();
  }

  /** Returns the key of a component. */
  public static String key(RecordComponent component) {
    var key = component.getAnnotation(Key.class);
    return key != null
        ? key.value()
        : component.getName().replaceAll("(?<=[a-z0-9])(?=[A-Z])", "-").toLowerCase(Locale.ROOT);
  }

  private static String path(String name, String key) {
    return name.isEmpty() ? key : name + "." + key;
  }

  private static Class<?> raw(Type type) {
    return type instanceof ParameterizedType parameterized
        ? (Class<?>) parameterized.getRawType()
        : type instanceof Class<?> plain ? plain : Object.class;
  }

  private static Type argument(Type type, int index) {
    return type instanceof ParameterizedType parameterized
        ? parameterized.getActualTypeArguments()[index]
        : Object.class;
  }
}
