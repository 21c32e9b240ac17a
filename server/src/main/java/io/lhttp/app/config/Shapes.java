package io.lhttp.app.config;

import io.lhttp.app.config.Node.Scalar;
import io.lhttp.internal.text.Nearest;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.Charset;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.Period;
import java.time.ZoneId;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The types that the components of every record may have. */
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

  private static final int LONGEST_NUMBER = 100;

  private static final Shape<Integer> INT =
      Shape.single(
          "a whole number", text -> (int) whole(text, Integer.MIN_VALUE, Integer.MAX_VALUE));
  private static final Shape<Long> LONG =
      Shape.single("a whole number", text -> whole(text, Long.MIN_VALUE, Long.MAX_VALUE));
  private static final Shape<Double> DOUBLE = Shape.single("a number", Shapes::finite);
  private static final Shape<Short> SHORT =
      Shape.single("a whole number from -32768 to 32767", text -> Short.valueOf(digits(text)));
  private static final Shape<Byte> BYTE =
      Shape.single("a whole number from -128 to 127", text -> Byte.valueOf(digits(text)));
  private static final Shape<Float> FLOAT =
      Shape.single(
          "a number",
          text -> {
            var number = finite(text).floatValue();
            if (Float.isInfinite(number)) {
              throw new NumberFormatException("too large for a float");
            }
            return number;
          });
  private static final Shape<Character> CHAR = Shape.single("one character", Shapes::character);
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
          Map.entry(URI.class, Shape.single("a URL", URI::create)),
          Map.entry(short.class, SHORT),
          Map.entry(Short.class, SHORT),
          Map.entry(byte.class, BYTE),
          Map.entry(Byte.class, BYTE),
          Map.entry(float.class, FLOAT),
          Map.entry(Float.class, FLOAT),
          Map.entry(char.class, CHAR),
          Map.entry(Character.class, CHAR),
          Map.entry(OptionalInt.class, optional(INT, OptionalInt.empty(), OptionalInt::of)),
          Map.entry(OptionalLong.class, optional(LONG, OptionalLong.empty(), OptionalLong::of)),
          Map.entry(
              OptionalDouble.class, optional(DOUBLE, OptionalDouble.empty(), OptionalDouble::of)),
          Map.entry(BigInteger.class, Shape.single("a whole number", BigInteger::new)),
          Map.entry(BigDecimal.class, Shape.single("a number", BigDecimal::new)),
          Map.entry(
              byte[].class,
              Shape.single("bytes in Base64, such as aGVsbG8=", Base64.getDecoder()::decode)),
          Map.entry(Path.class, Shape.single("a path", Path::of)),
          Map.entry(Pattern.class, Shape.single("a regular expression of Java", Pattern::compile)),
          Map.entry(UUID.class, Shape.single("a UUID", UUID::fromString)),
          Map.entry(Charset.class, Shape.single("a character set such as UTF-8", Charset::forName)),
          Map.entry(Locale.class, Shape.single("a language such as de or de-CH", Shapes::language)),
          Map.entry(
              InetSocketAddress.class,
              Shape.single("HOST:PORT, such as localhost:5432", Shapes::address)),
          Map.entry(ZoneId.class, Shape.single("a time zone such as Europe/Berlin", ZoneId::of)),
          Map.entry(
              Instant.class, Shape.single("a time such as 2030-12-31T23:59:59Z", Instant::parse)),
          Map.entry(LocalDate.class, Shape.single("a day such as 2030-12-31", LocalDate::parse)),
          Map.entry(LocalTime.class, Shape.single("a time such as 23:59", LocalTime::parse)),
          Map.entry(
              LocalDateTime.class,
              Shape.single("a time such as 2030-12-31T23:59", LocalDateTime::parse)),
          Map.entry(Period.class, Shape.single("a period such as P1M", Period::parse)));

  /** The shape of a number of bytes, for components whose name ends in "bytes". */
  static final Shape<Long> SIZE =
      Shape.single("a size such as 64KiB, 1MB or 4096 (bytes)", Shapes::size);

  static final Shape<Integer> INT_SIZE =
      Shape.single(
          "a size below 2GiB such as 64KiB, 1MB or 4096 (bytes)",
          text -> Math.toIntExact(size(text)));

  private Shapes() {}

  /** Returns the shape of a type with a static method {@code parse}; empty for other types. */
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
        parse.trySetAccessible(); // the class may be package-private
        return parse.invoke(null, scalar.text());
      } catch (InvocationTargetException e) {
        if (!(e.getCause() instanceof IllegalArgumentException)) {
          binder
              .problems()
              .add(
                  node.place(),
                  "%s: %s.parse failed: %s",
                  name,
                  parse.getDeclaringClass().getSimpleName(),
                  SecretMask.sentence(String.valueOf(e.getCause())));
          return null;
        }
        expected = SecretMask.sentence(String.valueOf(e.getCause().getMessage()));
      } catch (IllegalAccessException e) {
        binder.problems().add(node.place(), "%s: %s can't be called: %s", name, parse, e);
        return null;
      }
    }
    binder
        .problems()
        .add(node.place(), "%s: expected %s, not %s", name, expected, node.describe(name));
    return null;
  }

  /**
   * Returns the shape of an enum. Its texts are the constants' own {@code toString}, or else their
   * names in kebab-case.
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
              node instanceof Scalar scalar
                  ? SecretMask.choice(scalar.written(), name, constants.keySet())
                  : node.describe(name),
              near.map(valid -> ", did you mean '" + valid + "'?").orElse(""));
      return null;
    };
  }

  static String label(Enum<?> constant) {
    return constant.toString().equals(constant.name())
        ? constant.name().toLowerCase(Locale.ROOT).replace('_', '-')
        : constant.toString();
  }

  /**
   * Parses a duration such as {@code 10s}.
   *
   * @throws IllegalArgumentException for other texts, or ArithmeticException for a duration that is
   *     too long
   */
  public static Duration duration(String text) {
    return Duration.ofNanos(measure(text, NANOS));
  }

  static long size(String text) {
    return measure(text, BYTES);
  }

  private static Double finite(String text) {
    var number = Double.valueOf(text);
    if (!Double.isFinite(number)) {
      throw new NumberFormatException("not finite");
    }
    return number;
  }

  private static long measure(String text, Map<String, Long> units) {
    var matcher = MEASURE.matcher(text);
    var unit = matcher.matches() ? units.get(matcher.group(2).toLowerCase(Locale.ROOT)) : null;
    if (unit == null) {
      throw new IllegalArgumentException(text);
    }
    return new BigDecimal(matcher.group(1)).multiply(BigDecimal.valueOf(unit)).longValueExact();
  }

  private static <T, O> Shape<O> optional(Shape<T> item, O none, Function<T, O> some) {
    return (node, name, binder) -> {
      if (node instanceof Node.Nothing) {
        return none;
      }
      var value = item.read(node, name, binder);
      return value == null ? null : some.apply(value);
    };
  }

  private static char character(String text) {
    if (text.length() != 1) {
      throw new IllegalArgumentException(text);
    }
    return text.charAt(0);
  }

  private static Locale language(String text) {
    return new Locale.Builder().setLanguageTag(text).build();
  }

  /**
   * Parses an address and looks up its host. If the host is not found, the address is unresolved.
   */
  private static InetSocketAddress address(String text) {
    var colon = text.lastIndexOf(':');
    var host = text.substring(0, Math.max(colon, 0)).replaceAll("^\\[(.*)]$", "$1");
    if (host.isEmpty()) {
      throw new IllegalArgumentException(text);
    }
    return new InetSocketAddress(host, Integer.parseInt(text.substring(colon + 1)));
  }

  private static long whole(String text, long least, long most) {
    var digits = digits(text);
    if (digits.length() > LONGEST_NUMBER) {
      throw new NumberFormatException(text);
    }
    var number = new BigInteger(digits);
    if (number.compareTo(BigInteger.valueOf(least)) < 0
        || number.compareTo(BigInteger.valueOf(most)) > 0) {
      throw new Shape.OutOfRangeException("a whole number from %d to %d".formatted(least, most));
    }
    return number.longValue();
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
