package io.lhttp.filters.auth;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Copies claims for a principal. The copy is immutable at every depth and contains no null. */
final class Claims {
  private Claims() {}

  static Map<String, Object> frozen(Map<?, ?> claims) {
    var frozen = new LinkedHashMap<String, Object>();
    claims.forEach((name, value) -> {
      var kept = frozen(value);
      if (kept != null) {
        frozen.put(String.valueOf(name), kept);
      }
    });
    return Map.copyOf(frozen);
  }

  private static @Nullable Object frozen(@Nullable Object value) {
    return switch (value) {
      case Map<?, ?> map -> frozen(map);
      case Collection<?> list ->
          list.stream().map(Claims::frozen).filter(Objects::nonNull).toList();
      case null, default -> value;
    };
  }
}
