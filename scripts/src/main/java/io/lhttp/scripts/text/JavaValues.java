package io.lhttp.scripts.text;

import io.lhttp.internal.text.Json;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Converts attributes between Java and scripts. Stateless. */
public final class JavaValues {
  /** The deepest nesting of lists and maps that a script reads, as for its JSON. */
  private static final int MAX_DEPTH = JsonDepth.MOST;

  /** The most elements of a Java value that a script reads. */
  private static final int MAX_ELEMENTS = 10_000;

  private JavaValues() {}

  /** Whether a script can read this value. */
  public static boolean visible(Object value) {
    return value instanceof JsonText
        || value instanceof byte[]
        || plain(value)
        || ((value instanceof List || value instanceof Map) && new Check().passes(value, 0));
  }

  /** Returns the value in the form that a script reads; null if scripts can't see it. */
  public static @Nullable Object toScript(Object value) {
    return switch (value) {
      case String text -> text;
      case Double number -> number;
      case Boolean flag -> flag;
      case JsonText json -> json;
      case byte[] bytes -> new BytesValue(bytes);
      case Number number -> plain(number) ? (Object) number.doubleValue() : null;
      case List<?> _, Map<?, ?> _ -> json(value);
      default -> null;
    };
  }

  private static @Nullable Object json(Object value) {
    return new Check().passes(value, 0) ? new JsonText(Json.value(value)) : null;
  }

  /** Whether the value is a string, a boolean, or a number that JavaScript can represent. */
  private static boolean plain(Object value) {
    return switch (value) {
      case String _, Boolean _, Double _, Float _, Integer _, Short _, Byte _ -> true;
      case Long number -> (long) (double) number == number && number != Long.MAX_VALUE;
      case BigInteger number -> Double.isFinite(number.doubleValue()) && exact(number);
      case BigDecimal number ->
          Double.isFinite(number.doubleValue())
              && BigDecimal.valueOf(number.doubleValue()).compareTo(number) == 0;
      default -> false;
    };
  }

  private static boolean exact(BigInteger number) {
    return new BigDecimal(number.doubleValue()).compareTo(new BigDecimal(number)) == 0;
  }

  /** Checks that lists and maps contain only values that scripts can see, and not too many. */
  private static final class Check {
    private int elements;

    boolean passes(@Nullable Object value, int depth) {
      if (++elements > MAX_ELEMENTS || depth > MAX_DEPTH) {
        return false;
      }
      if (value != null && value.getClass().getClassLoader() != null) {
        return false; // reading a list or map of users' classes would run users' code
      }
      if (value instanceof List<?> list) {
        for (var each : list) {
          if (!passes(each, depth + 1)) {
            return false;
          }
        }
        return true;
      }
      if (value instanceof Map<?, ?> map) {
        for (var entry : map.entrySet()) {
          if (!(entry.getKey() instanceof String) || !passes(entry.getValue(), depth + 1)) {
            return false;
          }
        }
        return true;
      }
      return value == null || plain(value);
    }
  }
}
