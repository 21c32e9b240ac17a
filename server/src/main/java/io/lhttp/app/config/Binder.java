package io.lhttp.app.config;

import io.lhttp.app.config.MaskedLines.Mark;
import io.lhttp.app.config.Node.Entry;
import io.lhttp.app.config.Node.Mapping;
import io.lhttp.app.config.Node.Nothing;
import io.lhttp.app.config.Node.Scalar;
import io.lhttp.app.config.Node.Sequence;
import io.lhttp.app.config.Node.Unread;
import io.lhttp.internal.measure.InnermostFrame;
import io.lhttp.internal.text.Nearest;
import java.lang.reflect.Array;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Creates records from nodes. A component's key is its name in kebab-case, or its {@link Key}.
 *
 * <p>A missing value comes from a default: an instance of the caller, a constant {@code DEFAULT} of
 * the record's own type, or a constructor of the record without parameters. Without a default, a
 * list, a set, a map and an {@link Optional} are empty. Components may be strings, numbers,
 * booleans, {@link java.time.Duration} (10s, 500ms) and the other types of {@link Shapes}, enums,
 * lists, sets, arrays and maps of these, other records, sealed interfaces of records (the
 * kebab-case name of a record, with its components as value), and optionals. They may also be types
 * with a public static {@code parse(String)} (whose {@link IllegalArgumentException} completes
 * "expected …"), and types of added shapes. A number whose name ends in {@code Bytes} is a size
 * (64KiB).
 *
 * <p>Each error becomes a problem. The default, or nothing in a list or map, replaces the wrong
 * value, so that the rest can be checked, too. A result may be used only if there is no problem.
 */
public final class Binder {
  private static final Object MISSING = new Object();

  private final Problems problems;
  private final Map<Class<?>, Shape<?>> shapes = new HashMap<>(Shapes.ALL);
  private final Set<Class<?>> secrets = new HashSet<>();
  private final List<String> contents = new ArrayList<>();

  public Binder(Problems problems) {
    this.problems = problems;
  }

  /** Adds a type that components may have, with its written form. */
  public <T> Binder with(Class<T> type, Shape<T> shape) {
    shapes.put(type, shape);
    return this;
  }

  /** Adds a type of secrets. No error shows a value of this type, whatever its key is. */
  public <T> Binder withSecret(Class<T> type, Shape<T> shape) {
    secrets.add(type);
    return with(type, shape);
  }

  /** Returns the shape of a type, if it has one of its own. */
  Optional<Shape<?>> shape(Class<?> type) {
    return Optional.ofNullable(shapes.get(type));
  }

  public Problems problems() {
    return problems;
  }

  /** Adds the content of a file that a value names; shapes call it. */
  public void addContent(String content) {
    contents.add(content);
  }

  /**
   * The contents of the files that the bound values name. A reload compares them, so that values
   * count as changed if such a file has changed.
   */
  public List<String> contents() {
    return Collections.unmodifiableList(contents);
  }

  /** Returns the record that the node describes. Empty, with a problem, if that is impossible. */
  public <R extends Record> Optional<R> bind(Class<R> type, Node node, String name) {
    return defaults(type, node, name).flatMap(defaults -> bind(type, node, name, defaults));
  }

  /** Returns the record, with missing values from {@code defaults}. */
  public <R extends Record> Optional<R> bind(Class<R> type, Node node, String name, R defaults) {
    return bind(type, node, name, Optional.of(defaults));
  }

  /**
   * Returns the value that the node describes. If the node has another type, returns {@code
   * fallback}, with a problem.
   */
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
          "%sexpected keys with values, not %s; the keys are %s",
          name.isEmpty() ? "" : name + ": ",
          describe(node, name, hasSecret(type)),
          String.join(", ", RecordTypes.keys(type)));
      return Optional.empty();
    }
    var mapping = node instanceof Mapping m ? m : new Mapping(node.place(), List.of());
    refuseUnknown(mapping, RecordTypes.keys(type), name);
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
      if (keys.contains(entry.key())) {
        entry.place().mark(Mark.OPEN);
      } else {
        entry.value().mark(Mark.UNKNOWN);
        problems.add(
            entry.place(),
            "unknown key '%s'%s",
            path(name, SecretMask.key(entry.key(), name, keys)),
            Nearest.hint(entry.key(), keys));
      }
    }
  }

  private @Nullable Object component(
      RecordComponent component,
      Mapping mapping,
      String name,
      Optional<? extends Record> defaults) {
    var key = RecordTypes.key(component);
    var fallback = defaults.map(record -> RecordTypes.read(component, record)).orElse(MISSING);
    var entry = mapping.entry(key);
    if (entry.isPresent()) {
      var value = entered(component, entry.get(), path(name, key), fallback);
      return value == null && fallback != MISSING ? fallback : value;
    }
    var value = fallback == MISSING ? RecordTypes.empty(component.getType()) : fallback;
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
    if (entry.value() instanceof Nothing && !type.isRecord() && RecordTypes.empty(type) == null) {
      problems.add(entry.place(), "%s: a value is missing", name);
      return null;
    }
    if (component.getName().toLowerCase(Locale.ROOT).endsWith("bytes")) {
      markByType(type, entry.value());
      if (type == int.class) {
        return Shapes.INT_SIZE.read(entry.value(), name, this);
      } else if (type == long.class) {
        return Shapes.SIZE.read(entry.value(), name, this);
      } else if (type == Optional.class
          && RecordTypes.argument(component.getGenericType(), 0) == Long.class
          && !(entry.value() instanceof Nothing)) {
        markByType(Long.class, entry.value());
        var size = Shapes.SIZE.read(entry.value(), name, this);
        return size == null ? null : Optional.of(size);
      }
    }
    return value(component.getGenericType(), entry.value(), name, fallback);
  }

  private @Nullable Object value(Type type, Node node, String name, Object fallback) {
    if (node instanceof Unread) {
      return null;
    }
    markByType(type, node);
    var raw = RecordTypes.raw(type);
    var shape = shapes.get(raw);
    if (shape != null) {
      return shape.read(node, name, this);
    }
    var parsed = Shapes.parsed(raw);
    if (parsed.isPresent()) {
      return parsed.get().read(node, name, this);
    } else if (raw == List.class) {
      return list(RecordTypes.argument(type, 0), node, name);
    } else if (raw == Set.class) {
      return set(RecordTypes.argument(type, 0), node, name);
    } else if (raw.isArray()) {
      return array(raw.getComponentType(), node, name);
    } else if (raw == Map.class) {
      return map(RecordTypes.argument(type, 1), node, name);
    } else if (raw == Optional.class) {
      return optional(RecordTypes.argument(type, 0), node, name);
    } else if (raw == Object.class) {
      return node.plain().orElse(null);
    } else if (raw.isEnum()) {
      return Shapes.constant(raw).read(node, name, this);
    } else if (raw.isRecord()) {
      return record(raw.asSubclass(Record.class), node, name, fallback);
    }
    var choices = RecordTypes.choices(raw);
    if (!choices.isEmpty()) {
      return choice(choices, node, name);
    }
    problems.add(
        node.place(),
        "%s: no text is known for values of %s: declare another type, or give this one a public"
            + " static method parse(String)",
        name,
        type.getTypeName());
    return null;
  }

  /**
   * Lets excerpts show a single value of a type that is known and no secret, and hides all values
   * of secrets. A value without a type, or of another shape than its type, stays as it is.
   */
  private void markByType(Type type, Node node) {
    var raw = RecordTypes.raw(type);
    if (isSecret(type)) {
      node.mark(Mark.SECRET);
      if (secrets.contains(raw)) {
        hideKeys(node);
      }
    } else if (node instanceof Scalar
        && (shapes.containsKey(raw)
            ? !Node.class.isAssignableFrom(raw)
            : raw.isEnum() || raw.isSealed() || Shapes.parsed(raw).isPresent())) {
      node.mark(Mark.OPEN);
    }
  }

  /** Hides keys in the place of a secret, as YAML makes one of {@code token: a: b}. */
  private static void hideKeys(Node node) {
    switch (node) {
      case Mapping mapping ->
          mapping
              .entries()
              .forEach(entry -> {
                entry.place().mark(Mark.SECRET);
                hideKeys(entry.value());
              });
      case Sequence sequence -> sequence.items().forEach(Binder::hideKeys);
      default -> {} // it has no keys
    }
  }

  /** Whether the type is a secret, or a collection of secrets. */
  private boolean isSecret(Type type) {
    return switch (type) {
      case Class<?> plain ->
          secrets.contains(plain) || (plain.isArray() && isSecret(plain.getComponentType()));
      case ParameterizedType parameterized ->
          Arrays.stream(parameterized.getActualTypeArguments()).anyMatch(this::isSecret);
      default -> false;
    };
  }

  /** Whether a component of the record is a secret. */
  private boolean hasSecret(Class<? extends Record> type) {
    return Arrays.stream(type.getRecordComponents())
        .anyMatch(component -> isSecret(component.getGenericType()));
  }

  private static String describe(Node node, String name, boolean secret) {
    return secret && node instanceof Scalar ? "a text" : node.describe(name);
  }

  private @Nullable Object choice(
      Map<String, Class<? extends Record>> choices, Node node, String name) {
    var word =
        switch (node) {
          case Scalar scalar -> scalar.text();
          case Mapping mapping when mapping.entries().size() == 1 ->
              mapping.entries().getFirst().key();
          default -> "";
        };
    var chosen = choices.get(word);
    if (chosen == null) {
      problems.add(
          node.place(),
          "%s: expected one of %s, alone or with its keys, not %s",
          name,
          String.join(", ", choices.keySet()),
          switch (node) {
            case Scalar scalar -> SecretMask.choice(scalar.written(), name, choices.keySet());
            case Mapping _ when !word.isEmpty() -> SecretMask.key(word, name, choices.keySet());
            default -> node.describe(name);
          });
      return null;
    }
    var value =
        node instanceof Mapping mapping
            ? opened(mapping.entries().getFirst())
            : new Nothing(node.place());
    return record(chosen, value, path(name, word), MISSING);
  }

  private static Node opened(Entry entry) {
    entry.place().mark(Mark.OPEN);
    return entry.value();
  }

  private <R extends Record> @Nullable R record(
      Class<R> type, Node node, String name, Object fallback) {
    return type.isInstance(fallback)
        ? bind(type, node, name, Optional.of(type.cast(fallback))).orElse(null)
        : bind(type, node, name).orElse(null);
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
      problems.add(
          node.place(), "%s: expected a list, not %s", name, describe(node, name, isSecret(item)));
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

  private @Nullable Set<Object> set(Type item, Node node, String name) {
    var list = list(item, node, name);
    return list == null ? null : Collections.unmodifiableSet(new LinkedHashSet<>(list));
  }

  private @Nullable Object array(Class<?> item, Node node, String name) {
    var list = list(item, node, name);
    if (list == null) {
      return null;
    }
    var array = Array.newInstance(item, list.size());
    for (var i = 0; i < list.size(); i++) {
      Array.set(array, i, list.get(i));
    }
    return array;
  }

  private @Nullable Map<String, Object> map(Type item, Node node, String name) {
    if (node instanceof Nothing) {
      return Map.of();
    }
    if (!(node instanceof Mapping mapping)) {
      problems.add(
          node.place(),
          "%s: expected keys with values, not %s",
          name,
          describe(node, name, isSecret(item)));
      return null;
    }
    var map = new LinkedHashMap<String, Object>();
    for (var entry : mapping.entries()) {
      entry.place().mark(Mark.OPEN);
      var value =
          value(item, entry.value(), path(name, SecretMask.anyKey(entry.key(), name)), MISSING);
      if (value != null) {
        map.put(entry.key(), value);
      }
    }
    return Collections.unmodifiableMap(map);
  }

  private <R extends Record> Optional<R> make(
      Class<R> type, @Nullable Object[] values, Mapping mapping, String name) {
    try {
      return Optional.of(RecordTypes.create(type, values));
    } catch (InvocationTargetException e) {
      problems.add(mapping.place(), "%s: %s", name, messageOf(e.getCause()));
      return Optional.empty();
    }
  }

  private static String messageOf(@Nullable Throwable cause) {
    return cause instanceof IllegalArgumentException && cause.getMessage() != null
        ? SecretMask.sentence(cause.getMessage())
        : SecretMask.sentence(String.valueOf(cause))
            + (cause == null ? "" : " at " + InnermostFrame.of(cause.getStackTrace()));
  }

  /**
   * Returns the default of a record; the inner result is empty if the type has none. The outer
   * result is empty, with a problem, if the record's own code fails.
   */
  private <R extends Record> Optional<Optional<R>> defaults(Class<R> type, Node node, String name) {
    try {
      return Optional.of(RecordTypes.defaults(type));
    } catch (InvocationTargetException | ExceptionInInitializerError e) {
      problems.add(
          node.place(),
          "%s: the default of %s can't be made: %s",
          name,
          type.getSimpleName(),
          messageOf(e.getCause()));
    } catch (ReflectiveOperationException | LinkageError e) {
      problems.add(
          node.place(), "%s: the default of %s can't be made: %s", name, type.getSimpleName(), e);
    }
    return Optional.empty();
  }

  private static String path(String name, String key) {
    return name.isEmpty() ? key : name + "." + key;
  }
}
