package io.lhttp.internal.attribute;

import io.lhttp.ForeignValue;
import io.lhttp.internal.log.Loggable;
import java.lang.reflect.Array;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.lang.reflect.WildcardType;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingDeque;
import org.jspecify.annotations.Nullable;

/**
 * Converts an attribute to the type of the key that reads it, if that loses nothing. Stateless. The
 * conversion to a record runs the record's constructor, which is users' code.
 */
public final class Conversion {
  private Conversion() {}

  /**
   * Thrown if a value's class has the name of a wanted class, but the value can't become an
   * instance of that class.
   */
  public static final class UnfitException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final String className;

    UnfitException(Class<?> type, String message) {
      super(message);
      this.className = type.getName();
    }

    /** The class that has no place for the value: the key's, or that of a part of the value. */
    public String className() {
      return className;
    }

    @Override
    public String getMessage() {
      return String.valueOf(super.getMessage());
    }
  }

  /**
   * Returns the value as an instance of the type; null if it has no such form.
   *
   * @param element the class of a list's elements, or of a map's values; null for other types
   * @throws UnfitException if a record does not fit the class that replaced its own
   */
  public static @Nullable Object convert(Object value, Class<?> type, @Nullable Class<?> element) {
    var plain = value instanceof ForeignValue foreign ? foreign.toJava() : value;
    if (plain == null) {
      return null;
    }
    if (element == null) {
      return one(plain, type);
    }
    return type == List.class ? list(plain, element) : map(plain, String.class, element);
  }

  private static @Nullable Object one(@Nullable Object value, Class<?> type) {
    if (type.isInstance(value)) {
      return value instanceof DetachedValue ? null : value;
    }
    return switch (value) {
      case Number number -> number(number, type);
      case Map<?, ?> map when type.isRecord() -> fromMap(map, type);
      case DetachedValue.OfRecord(var name, var components)
          when type.isRecord() && name.equals(type.getName()) ->
          record(components, type);
      case Record record when type.isRecord() && sameName(record, type) -> {
        // the loader of an older or newer version of the class, which may still be in use
        var other = record.getClass().getClassLoader();
        var detached = new ValueDetacher(loader -> loader.equals(other), false).detach(record);
        yield detached instanceof DetachedValue.OfRecord one
            ? record(one.components(), type)
            : null;
      }
      case DetachedValue.OfEnum(var name, var constant)
          when type.isEnum() && name.equals(type.getName()) ->
          constant(constant, type);
      case Enum<?> constant when type.isEnum() && sameName(constant, type) ->
          constant(constant.name(), type);
      case null, default -> null;
    };
  }

  private static boolean sameName(Object value, Class<?> type) {
    var own = value instanceof Enum<?> constant ? constant.getDeclaringClass() : value.getClass();
    return own.getName().equals(type.getName());
  }

  /** Converts a value to a declared type, with its parameters; null if that is impossible. */
  static @Nullable Object typed(@Nullable Object value, Type declared) {
    var type = bound(declared);
    if (type instanceof Class<?> single) {
      return one(value, single);
    }
    if (value == null
        || !(type instanceof ParameterizedType generic)
        || !(generic.getRawType() instanceof Class<?> raw)) {
      return null;
    }
    var arguments = generic.getActualTypeArguments();
    if (raw == Optional.class) {
      var inner = value instanceof Optional<?> optional ? optional.orElse(null) : value;
      return inner == null ? value : Optional.ofNullable(typed(inner, arguments[0]));
    } else if (raw == List.class) {
      return list(value, arguments[0]);
    } else if (raw == Set.class) {
      return set(value, arguments[0]);
    } else if (value instanceof DetachedValue.OfCollection(var elements) && arguments.length == 1) {
      return collection(elements, arguments[0], raw);
    } else if (Map.class.isAssignableFrom(raw)) {
      var map = map(value, arguments[0], arguments[1]);
      return raw.isInstance(map) ? map : null;
    }
    return raw.isInstance(value) && !(value instanceof DetachedValue) ? value : null;
  }

  static Type bound(Type type) {
    if (type instanceof WildcardType wildcard) {
      return wildcard.getUpperBounds()[0];
    }
    return type instanceof Class || type instanceof ParameterizedType ? type : Object.class;
  }

  /** Returns the value as a list of this type; the same list if all its elements have the type. */
  private static @Nullable Object list(Object value, Type element) {
    if (value instanceof DetachedValue.OfCollection(var elements)) {
      return elements(elements, element, new ArrayList<>());
    } else if (value instanceof List<?> list) {
      return areInstances(list, element) ? list : elements(list, element, new ArrayList<>());
    }
    return null;
  }

  private static @Nullable Object set(Object value, Type element) {
    if (value instanceof DetachedValue.OfCollection(var elements)) {
      return elements(elements, element, new LinkedHashSet<>());
    } else if (value instanceof Set<?> set) {
      return areInstances(set, element) ? set : elements(set, element, new LinkedHashSet<>());
    }
    return null;
  }

  /** Returns a collection of a wider or narrower type than list and set, such as a queue. */
  private static @Nullable Object collection(Collection<?> from, Type element, Class<?> raw) {
    List<Collection<@Nullable Object>> kinds =
        List.of(
            new ArrayList<>(),
            new LinkedHashSet<>(),
            new ArrayDeque<>(),
            new ConcurrentLinkedDeque<>(),
            new LinkedBlockingDeque<>(),
            new CopyOnWriteArrayList<>());
    for (var kind : kinds) {
      if (raw.isInstance(kind)) {
        return elements(from, element, kind);
      }
    }
    return null;
  }

  private static @Nullable Object elements(
      Collection<?> from, Type element, Collection<@Nullable Object> to) {
    for (var each : from) {
      var converted = each == null ? null : typed(each, element);
      if (converted == null && each != null) {
        return null;
      }
      to.add(converted);
    }
    return to;
  }

  private static boolean areInstances(Collection<?> values, Type element) {
    for (var each : values) {
      if (each != null && !isInstance(each, element)) {
        return false;
      }
    }
    return true;
  }

  private static @Nullable Object map(Object value, Type key, Type element) {
    Map<?, ?> from;
    var concurrent = false;
    var same = true;
    if (value instanceof DetachedValue.OfMap(var entries, var shared)) {
      from = entries;
      concurrent = shared;
      same = false;
    } else if (value instanceof Map<?, ?> known) {
      from = known;
    } else {
      return null;
    }
    for (var entry : from.entrySet()) {
      var each = entry.getValue();
      same = same && isInstance(entry.getKey(), key) && (each == null || isInstance(each, element));
    }
    if (same) {
      return from;
    }
    Map<Object, @Nullable Object> to =
        concurrent ? new ConcurrentHashMap<>() : new LinkedHashMap<>();
    for (var entry : from.entrySet()) {
      var name =
          isInstance(entry.getKey(), key) ? entry.getKey() : replacedKey(entry.getKey(), key);
      var each = entry.getValue();
      var converted = each == null ? null : typed(each, element);
      if (name == null || (converted == null && each != null)) {
        return null;
      }
      to.put(name, converted);
    }
    return to;
  }

  /** Converts a key of a replaced class; other keys are not converted. */
  private static @Nullable Object replacedKey(@Nullable Object key, Type type) {
    return key instanceof DetachedValue || key instanceof Record || key instanceof Enum
        ? typed(key, type)
        : null;
  }

  /**
   * Whether the element is an instance of a type without type parameters, so that it needs no
   * conversion.
   */
  private static boolean isInstance(@Nullable Object value, Type type) {
    return bound(type) instanceof Class<?> single
        && single.isInstance(value)
        && !(value instanceof DetachedValue);
  }

  /** Returns a script's object as a record; null if it does not fit. */
  private static @Nullable Object fromMap(Map<?, ?> map, Class<?> type) {
    var components = new LinkedHashMap<String, Object>();
    for (var entry : map.entrySet()) {
      if (entry.getKey() instanceof String name && entry.getValue() != null) {
        components.put(name, entry.getValue());
      }
    }
    try {
      return record(components, type);
    } catch (UnfitException ignored) {
      return null;
    }
  }

  private static Object record(Map<String, Object> from, Class<?> type) {
    var components = type.getRecordComponents();
    var arguments = new @Nullable Object[components.length];
    for (var i = 0; i < arguments.length; i++) {
      var component = components[i];
      var value = from.get(component.getName());
      var boxed = zero(component.getType());
      arguments[i] = value == null ? boxed : component(value, component.getGenericType(), boxed);
      if (value != null && arguments[i] == null) {
        throw new UnfitException(
            type,
            "the component '%s' can't be a %s"
                .formatted(component.getName(), component.getType().getName()));
      }
    }
    try {
      var types = Arrays.stream(components).map(c -> c.getType()).toArray(Class<?>[]::new);
      var constructor = type.getDeclaredConstructor(types);
      constructor.setAccessible(true);
      return constructor.newInstance(arguments);
    } catch (InvocationTargetException e) {
      throw new UnfitException(type, "its constructor threw " + text(e.getCause()));
    } catch (ReflectiveOperationException | RuntimeException | LinkageError e) {
      throw new UnfitException(type, "it can't be constructed: " + text(e));
    }
  }

  private static String text(@Nullable Throwable thrown) {
    return thrown == null ? "nothing" : Loggable.text(Loggable.of(thrown));
  }

  private static @Nullable Object component(Object value, Type type, @Nullable Object zero) {
    return zero == null ? typed(value, type) : one(value, zero.getClass());
  }

  /**
   * Returns the default value of a record component that the stored record does not have: null,
   * zero or false.
   */
  private static @Nullable Object zero(Class<?> type) {
    return type.isPrimitive() ? Array.get(Array.newInstance(type, 1), 0) : null;
  }

  private static Object constant(String name, Class<?> type) {
    for (var constant : type.getEnumConstants()) {
      if (((Enum<?>) constant).name().equals(name)) {
        return constant;
      }
    }
    throw new UnfitException(type, "it has no constant '" + name + "'");
  }

  /**
   * Returns the number as another type; null if the other type can't represent exactly this number.
   */
  private static @Nullable Object number(Number number, Class<?> type) {
    var exact = exact(number);
    if (exact == null) {
      return type == Double.class || type == Float.class ? notFinite(number, type) : null;
    }
    try {
      if (type == Integer.class) {
        return exact.intValueExact();
      } else if (type == Long.class) {
        return exact.longValueExact();
      } else if (type == Double.class) {
        var value = exact.doubleValue();
        return same(value, exact) ? value : null;
      } else if (type == Float.class) {
        var value = exact.floatValue();
        return same(value, exact) ? value : null;
      } else if (type == Short.class) {
        return exact.shortValueExact();
      } else if (type == Byte.class) {
        return exact.byteValueExact();
      } else if (type == BigInteger.class) {
        return exact.toBigIntegerExact();
      }
      return type != BigDecimal.class
          ? null
          : number instanceof Double decimal ? BigDecimal.valueOf(decimal) : exact;
    } catch (ArithmeticException ignored) {
      return null;
    }
  }

  private static boolean same(double value, BigDecimal exact) {
    return Double.isFinite(value) && new BigDecimal(value).compareTo(exact) == 0;
  }

  private static @Nullable Object notFinite(Number number, Class<?> type) {
    if (!(number instanceof Double) && !(number instanceof Float)) {
      return null;
    }
    return type == Double.class ? (Object) number.doubleValue() : (Object) number.floatValue();
  }

  private static @Nullable BigDecimal exact(Number number) {
    return switch (number) {
      case Byte b -> BigDecimal.valueOf(b);
      case Short s -> BigDecimal.valueOf(s);
      case Integer i -> BigDecimal.valueOf(i);
      case Long l -> BigDecimal.valueOf(l);
      case Float f -> Float.isFinite(f) ? new BigDecimal(f.doubleValue()) : null;
      case Double d -> Double.isFinite(d) ? new BigDecimal(d) : null;
      case BigInteger big -> new BigDecimal(big);
      case BigDecimal big -> big.scale() > 400 || big.scale() < -400 ? null : big;
      default -> null;
    };
  }
}
