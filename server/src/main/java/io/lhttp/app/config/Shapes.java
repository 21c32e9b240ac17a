package io.lhttp.app.config;

import io.lhttp.app.config.Node.Scalar;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.math.BigDecimal;
import java.net.URI;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The types that every record may use. */
public final class Shapes {
  private static final Pattern MEASURE = Pattern.compile("(\\d+(?:\\.\\d+)?) ?([A-Za-z]*)");

  private static final Map<String, Long> NANOS =
      Map.of(
          "ns", 1L,
          "us", 1_000L,
          "ms", 1_000_000L,
          "s", 1_000_000_000L,
          "m", 60_000_000_000L,
          "h", 3_600_000_000_000L,
          "d", 86_400_000_000_000L);

  private static final Map<String, Long> BYTES =
      Map.of(
          "", 1L,
          "b", 1L,
          "kb", 1_000L,
          "mb", 1_000_000L,
          "gb", 1_000_000_000L,
          "kib", 1L << 10,
          "mib", 1L << 20,
          "gib", 1L << 30);

  private static final Shape<Integer> INT =
      Shape.single("a whole number", text -> Integer.valueOf(digits(text)));
  private static final Shape<Long> LONG =
      Shape.single("a whole number", text -> Long.valueOf(digits(text)));
  private static final Shape<Double> DOUBLE = Shape.single("a number", Double::valueOf);
  private static final Shape<Boolean> BOOLEAN = Shape.single("true or false", Shapes::truth);

  static final Map<Class<?>, Shape<?>> ALL =
      Map.ofEntries(
          Map.entry(String.class, Shape.single("a text", text -> text)),
          Map.entry(int.class, INT),
          Map.entry(Integer.class, INT),
          Map.entry(long.class, LONG),
          Map.entry(Long.class, LONG),
          Map.entry(double.class, DOUBLE),
          Map.entry(Double.class, DOUBLE),
          Map.entry(boolean.class, BOOLEAN),
          Map.entry(Boolean.class, BOOLEAN),
          Map.entry(
              Duration.class,
              Shape.single("a duration such as 10s, 500ms or 2m", Shapes::duration)),
          Map.entry(URI.class, Shape.single("a URL", URI::create)));

  /** A number of bytes, for components whose name ends in "bytes". */
  static final Shape<Long> SIZE =
      Shape.single("a size such as 64KiB, 1MB or 4096 (bytes)", Shapes::size);

  static final Shape<Integer> INT_SIZE =
      Shape.single(
          "a size below 2GiB such as 64KiB, 1MB or 4096 (bytes)",
          text -> Math.toIntExact(size(text)));

  private Shapes() {}

  /** Returns the shape of a type with a static {@code parse} method. */
  static Optional<Shape<Object>> parsed(Class<?> type) {
    try {
      var parse = type.getMethod("parse", String.class);
      return parse.getReturnType() == type && Modifier.isStatic(parse.getModifiers())
          ? Optional.of((node, name, binder) -> parsed(parse, node, name, binder))
          : Optional.empty();
    } catch (NoSuchMethodException _) {
      return Optional.empty();
    }
  }

  private static @Nullable Object parsed(Method parse, Node node, String name, Binder binder) {
    var expected = "a text";
    if (node instanceof Scalar scalar) {
      try {
        return parse.invoke(null, scalar.text());
      } catch (InvocationTargetException e) {
        if (!(e.getCause() instanceof IllegalArgumentException)) {
          throw new IllegalStateException(parse + " failed", e.getCause());
        }
        expected = Shown.sentence(String.valueOf(e.getCause().getMessage()));
      } catch (IllegalAccessException e) {
        throw new IllegalStateException("the class of " + parse + " has to be public", e);
      }
    }
    binder
        .problems()
        .add(node.place(), "%s: expected %s, not %s", name, expected, node.describe(name));
    return null;
  }

  /**
   * Returns the shape of an enum: its constants' own {@code toString}, or their names in
   * kebab-case.
   */
  static Shape<Object> constant(Class<?> type) {
    var constants = new LinkedHashMap<String, Object>();
    for (var constant : type.getEnumConstants()) {
      constants.put(label((Enum<?>) constant), constant);
    }
    return (node, name, binder) -> {
      if (node instanceof Scalar scalar && constants.containsKey(scalar.text())) {
        return constants.get(scalar.text());
      }
      var near =
          node instanceof Scalar scalar
              ? Nearest.to(scalar.written(), constants.keySet())
              : Optional.<String>empty();
      binder
          .problems()
          .add(
              node.place(),
              "%s: expected one of %s, not %s%s",
              name,
              String.join(", ", constants.keySet()),
              node.describe(name),
              near.map(valid -> ", did you mean '" + valid + "'?").orElse(""));
      return null;
    };
  }

  private static String label(Enum<?> constant) {
    return constant.toString().equals(constant.name())
        ? constant.name().toLowerCase(Locale.ROOT).replace('_', '-')
        : constant.toString();
  }

  /** Parses a duration. Throws IllegalArgumentException or ArithmeticException for another text. */
  public static Duration duration(String text) {
    return Duration.ofNanos(measure(text, NANOS));
  }

  static long size(String text) {
    return measure(text, BYTES);
  }

  private static long measure(String text, Map<String, Long> units) {
    var matcher = MEASURE.matcher(text);
    var unit = matcher.matches() ? units.get(matcher.group(2).toLowerCase(Locale.ROOT)) : null;
    if (unit == null) {
      throw new IllegalArgumentException(text);
    }
    return new BigDecimal(matcher.group(1)).multiply(BigDecimal.valueOf(unit)).longValueExact();
  }

  /** Removes the underscores that may separate digits. */
  private static String digits(String text) {
    return text.replaceAll("(?<=\\d)_(?=\\d)", "");
  }

  private static boolean truth(String text) {
    return switch (text) {
      case "true" -> true;
      case "false" -> false;
      default -> throw new IllegalArgumentException(text);
    };
  }
}
