package io.lhttp.app.config;

import io.lhttp.app.config.Form.Either;
import io.lhttp.app.config.Form.Entries;
import io.lhttp.app.config.Form.Items;
import io.lhttp.app.config.Form.Keys;
import io.lhttp.app.config.Form.Kind;
import io.lhttp.app.config.Form.One;
import io.lhttp.app.config.Form.Word;
import io.lhttp.app.config.Form.Words;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Finds the forms of types by the rules by which {@link Binder} reads them. */
public final class Forms {
  private static final Set<Class<?>> WHOLE = Set.of(int.class, Integer.class, long.class);

  private final Binder binder;
  private final Map<Class<?>, Supplier<Form>> several;

  /**
   * @param several the forms of types that may be written in several forms
   */
  public Forms(Binder binder, Map<Class<?>, Supplier<Form>> several) {
    this.binder = binder;
    this.several = several;
  }

  /**
   * Returns the keys of a record. Their defaults come from {@code fallback}, or else from the
   * record's own default.
   */
  public Keys keys(Class<? extends Record> type, @Nullable Object fallback) {
    var defaults = type.isInstance(fallback) ? type.cast(fallback) : own(type);
    var keys = new ArrayList<Form.Key>();
    for (var component : type.getRecordComponents()) {
      var value = defaults == null ? null : RecordTypes.read(component, defaults);
      keys.add(
          new Form.Key(
              RecordTypes.key(component),
              component,
              form(component, value),
              value == null && RecordTypes.empty(component.getType()) == null,
              value));
    }
    return new Keys(keys);
  }

  /** Returns the form in which a user writes a value of this type. */
  public Form of(Type type, @Nullable Object fallback) {
    var raw =
        type instanceof ParameterizedType parameterized
            ? (Class<?>) parameterized.getRawType()
            : (Class<?>) type;
    var own = several.get(raw);
    if (own != null) {
      return own.get();
    }
    var shape = binder.shape(raw);
    if (shape.isPresent()) {
      return one(raw, shape.get());
    }
    if (raw.isEnum()) {
      return words(raw);
    }
    var parse = Shapes.parsed(raw);
    if (parse.isPresent()) {
      return new One(Kind.TEXT, expectedBy(raw));
    } else if (raw == List.class || raw == Set.class) {
      return new Items(of(argument(type, 0), null));
    } else if (raw == Map.class) {
      return new Entries(of(argument(type, 1), null));
    } else if (raw == Optional.class) {
      return of(argument(type, 0), null);
    } else if (raw == Object.class) {
      return new Form.Anything();
    } else if (raw.isRecord()) {
      return keys(raw.asSubclass(Record.class), fallback);
    }
    var choices = RecordTypes.choices(raw);
    if (!choices.isEmpty()) {
      return new Either(
          choices.entrySet().stream().map(choice -> (Form) new Word(choice.getKey())).toList());
    }
    throw new AssertionError("no form is known of " + type.getTypeName());
  }

  private Form form(RecordComponent component, @Nullable Object fallback) {
    var type = component.getType();
    if (component.getName().toLowerCase(Locale.ROOT).endsWith("bytes")
        && (type == int.class || type == long.class)) {
      return new One(Kind.SIZE, expected(type == int.class ? Shapes.INT_SIZE : Shapes.SIZE));
    }
    if (component.getName().endsWith("Bytes")
        && type == Optional.class
        && RecordTypes.argument(component.getGenericType(), 0) == Long.class) {
      return new One(Kind.SIZE, expected(Shapes.SIZE));
    }
    return of(component.getGenericType(), fallback);
  }

  private static Form one(Class<?> raw, Shape<?> shape) {
    var kind =
        WHOLE.contains(raw)
            ? Kind.WHOLE
            : raw == double.class
                ? Kind.NUMBER
                : raw == boolean.class || raw == Boolean.class
                    ? Kind.TRUTH
                    : raw == Duration.class ? Kind.DURATION : Kind.TEXT;
    return new One(kind, expected(shape));
  }

  private static String expected(Shape<?> shape) {
    if (shape instanceof Shape.Single<?> single) {
      return single.expected();
    }
    throw new AssertionError("this shape reads several forms, which have to be named: " + shape);
  }

  /** Parses an empty text, whose exception completes "expected …". */
  private static String expectedBy(Class<?> type) {
    try {
      var parse = type.getMethod("parse", String.class);
      parse.setAccessible(true);
      var made = parse.invoke(null, "");
      throw new AssertionError(type + " reads an empty text as " + made);
    } catch (InvocationTargetException e) {
      return String.valueOf(e.getTargetException().getMessage());
    } catch (ReflectiveOperationException e) {
      throw new LinkageError(String.valueOf(e.getMessage()), e);
    }
  }

  private static Words words(Class<?> type) {
    var constants = new LinkedHashMap<String, Enum<?>>();
    var parsed =
        Shapes.parsed(type).isPresent(); // enums with a parser are written by their names in Java
    Arrays.stream(type.getEnumConstants())
        .map(constant -> (Enum<?>) constant)
        .forEach(
            constant -> constants.put(parsed ? constant.name() : Shapes.label(constant), constant));
    return new Words(constants);
  }

  private static @Nullable Record own(Class<? extends Record> type) {
    try {
      return RecordTypes.defaults(type).orElse(null);
    } catch (ReflectiveOperationException e) {
      throw new LinkageError(String.valueOf(e.getMessage()), e);
    }
  }

  private static Type argument(Type type, int index) {
    return ((ParameterizedType) type).getActualTypeArguments()[index];
  }
}
