package io.lhttp.internal.text;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Turns a JSON object, as {@link JsonReader} reads it, into a principal's claims. Stateless. */
public final class JsonClaims {
  private static final double MAX_LONG = 1L << 53;

  private JsonClaims() {}

  /** Returns an unmodifiable map without null values, in which whole numbers are longs. */
  public static Map<String, Object> of(Map<?, ?> members) {
    var claims = new HashMap<String, Object>();
    members.forEach((name, value) -> {
      if (value != null) {
        claims.put(String.valueOf(name), claim(value));
      }
    });
    return Map.copyOf(claims);
  }

  private static Object claim(Object value) {
    return switch (value) {
      case Map<?, ?> map -> of(map);
      case List<?> list -> {
        var items = new ArrayList<Object>();
        for (var item : list) {
          if (item != null) {
            items.add(claim(item));
          }
        }
        yield List.copyOf(items);
      }
      case BigDecimal number -> claim(number.doubleValue());
      case Double number when number == Math.rint(number) && Math.abs(number) <= MAX_LONG ->
          number.longValue();
      default -> value;
    };
  }
}
