package io.lhttp.internal.control;

import io.lhttp.internal.text.JsonClaims;
import io.lhttp.internal.text.JsonReader;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The members of a JSON object that another server has sent. Each method throws an {@link
 * IllegalArgumentException} if the member is missing or of another type.
 */
record Fields(Map<?, ?> members) {
  /** The deepest nesting that is read; claims may have several levels. */
  private static final int MAX_DEPTH = 64;

  private static final long MAX_LONG = 1L << 53;

  static Fields of(String json) {
    try { // exactly, because two long numbers of claims must not become one
      return of(JsonReader.parse(json, MAX_DEPTH));
    } catch (IOException e) {
      throw new IllegalArgumentException("no JSON", e);
    }
  }

  private static Fields of(@Nullable Object value) {
    if (value instanceof Map<?, ?> map) {
      return new Fields(map);
    }
    throw new IllegalArgumentException("no JSON object");
  }

  boolean has(String name) {
    return members.get(name) != null;
  }

  String text(String name) {
    if (members.get(name) instanceof String text) {
      return text;
    }
    throw wrong(name);
  }

  Optional<String> optional(String name) {
    return has(name) ? Optional.of(text(name)) : Optional.empty();
  }

  long number(String name) {
    if (members.get(name) instanceof Long number && number >= -MAX_LONG && number <= MAX_LONG) {
      return number;
    }
    throw wrong(name);
  }

  int count(String name) {
    return Math.toIntExact(natural(name));
  }

  /** A number that is not negative. */
  long natural(String name) {
    var number = number(name);
    if (number < 0) {
      throw wrong(name);
    }
    return number;
  }

  boolean flag(String name) {
    if (members.get(name) instanceof Boolean flag) {
      return flag;
    }
    throw wrong(name);
  }

  Fields object(String name) {
    return of(members.get(name));
  }

  List<String> texts(String name) {
    return list(
        name,
        item -> {
          if (item instanceof String text) {
            return text;
          }
          throw wrong(name);
        });
  }

  <T> List<T> objects(String name, Function<Fields, T> read) {
    return list(name, item -> read.apply(of(item)));
  }

  private <T> List<T> list(String name, Function<@Nullable Object, T> read) {
    if (members.get(name) instanceof List<?> list) {
      var items = new ArrayList<T>(list.size());
      list.forEach(item -> items.add(read.apply(item)));
      return items;
    }
    throw wrong(name);
  }

  /** The members as a principal's claims. */
  Map<String, Object> claims() {
    return JsonClaims.of(members);
  }

  private static IllegalArgumentException wrong(String name) {
    return new IllegalArgumentException("malformed member " + name);
  }
}
