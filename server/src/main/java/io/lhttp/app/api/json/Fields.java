package io.lhttp.app.api.json;

import io.lhttp.RefusedException;
import io.lhttp.app.config.RecordTypes;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The fields of records in JSON: their names, types and values. Stateless. */
final class Fields {
  private Fields() {}

  static String name(RecordComponent component) {
    return RecordTypes.kebab(component.getName());
  }

  static List<String> names(Class<?> record) {
    return Arrays.stream(record.getRecordComponents()).map(Fields::name).toList();
  }

  /** Returns the words of an enum in the order of its constants. */
  static Map<String, Object> words(Class<?> type) {
    var words = new LinkedHashMap<String, Object>();
    for (var constant : type.getEnumConstants()) {
      words.put(word((Enum<?>) constant), constant);
    }
    return words;
  }

  /** Returns the value of a field that is absent; null if it must be present. */
  static @Nullable Object absent(RecordComponent component) {
    var type = component.getType();
    if (type == Optional.class) {
      return Optional.empty();
    } else if (type == List.class) {
      return field(component).least() == 0 ? List.of() : null;
    } else if (type == Map.class) {
      return Map.of();
    }
    return type == boolean.class ? Boolean.FALSE : null;
  }

  static Field field(RecordComponent component) {
    var field = component.getAnnotation(Field.class);
    if (field == null) {
      throw new IllegalStateException("a field without a description: " + component);
    }
    return field;
  }

  /**
   * Creates a record.
   *
   * @throws IllegalArgumentException if the record's constructor refuses the values
   */
  static <R extends Record> R make(Class<R> type, @Nullable Object[] values) {
    try {
      return RecordTypes.create(type, values);
    } catch (InvocationTargetException e) {
      if (e.getCause() instanceof IllegalArgumentException wrong) {
        throw wrong;
      } else if (e.getCause() instanceof RefusedException refused) {
        throw new IllegalArgumentException(refused.refusal().reason(), refused);
      }
      throw new IllegalStateException("a record's constructor failed: " + type, e);
    }
  }

  /**
   * Returns the value as maps, lists, texts, numbers and truths. Fields that are absent are left
   * out.
   */
  static @Nullable Object plain(@Nullable Object value) {
    return switch (value) {
      case Optional<?> optional -> plain(optional.orElse(null));
      case Record record -> members(record);
      case Enum<?> constant -> word(constant);
      case List<?> list -> {
        var items = new ArrayList<@Nullable Object>();
        list.forEach(item -> items.add(plain(item)));
        yield items;
      }
      case Map<?, ?> map -> {
        var members = new LinkedHashMap<Object, @Nullable Object>();
        map.forEach((key, each) -> members.put(key, plain(each)));
        yield members;
      }
      case null, default -> value;
    };
  }

  private static Map<String, @Nullable Object> members(Record record) {
    var members = new LinkedHashMap<String, @Nullable Object>();
    for (var component : record.getClass().getRecordComponents()) {
      try {
        component.getAccessor().setAccessible(true);
        var value = plain(component.getAccessor().invoke(record));
        if (value != null) {
          members.put(name(component), value);
        }
      } catch (ReflectiveOperationException e) {
        throw new IllegalStateException("a record's accessor failed: " + component, e);
      }
    }
    return Collections.unmodifiableMap(members);
  }

  private static String word(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
