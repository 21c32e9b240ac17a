package io.lhttp.app.api.json;

import io.lhttp.app.config.RecordTypes;
import java.lang.annotation.Annotation;
import java.lang.reflect.Type;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Describes records as JSON Schema (draft 2020-12), as {@link Records} reads them and {@link
 * Written} writes them.
 */
public final class Schemas {
  /** A field without bounds, as the items of a list have it. */
  static final Field ITEM = new Unbounded();

  private final Choices choices;
  private final boolean open;

  /**
   * @param open whether records may have further fields, which a later version adds
   */
  public Schemas(Choices choices, boolean open) {
    this.choices = choices;
    this.open = open;
  }

  /** Returns the schema of a record. */
  public Map<String, Object> of(Class<? extends Record> type) {
    var properties = new LinkedHashMap<String, Object>();
    var required = new ArrayList<String>();
    for (var component : type.getRecordComponents()) {
      var name = Fields.name(component);
      var field = Fields.field(component);
      var property = new LinkedHashMap<String, Object>();
      property.put("description", field.value());
      property.putAll(schema(component.getGenericType(), field));
      if (!field.example().isEmpty()) {
        property.put(
            "examples", List.of(Objects.requireNonNull(new RawJson(field.example()).value())));
      }
      properties.put(name, property);
      if (open ? component.getType() != Optional.class : Fields.absent(component) == null) {
        required.add(name);
      }
    }
    var schema = new LinkedHashMap<String, Object>();
    schema.put("type", "object");
    schema.put("properties", properties);
    if (!required.isEmpty()) {
      schema.put("required", required);
    }
    if (!open) {
      schema.put("additionalProperties", false);
    }
    for (var group : type.getAnnotationsByType(Alternatives.class)) {
      schema.put(
          group.count() == Alternatives.Count.AT_LEAST_ONE ? "anyOf" : "oneOf",
          alternatives(group));
    }
    return schema;
  }

  /** Returns a schema for each field of a group, and one for none of them if that is valid. */
  private static List<Map<String, Object>> alternatives(Alternatives group) {
    var all = new ArrayList<Map<String, Object>>();
    for (var name : group.value()) {
      all.add(Map.of("required", List.of(name)));
    }
    if (group.count() == Alternatives.Count.AT_MOST_ONE) {
      all.add(Map.of("not", Map.of("anyOf", List.copyOf(all))));
    }
    return List.copyOf(all);
  }

  /** Returns the words that complete "expected …" for a group of fields. */
  static String words(Alternatives group) {
    var names = List.of(group.value());
    var last = names.size() - 1;
    var listed = String.join(", ", names.subList(0, last)) + " and " + names.get(last);
    return switch (group.count()) {
      case ONE -> "one of " + listed;
      case AT_MOST_ONE -> "at most one of " + listed;
      case AT_LEAST_ONE -> "one at least of " + listed;
    };
  }

  private Map<String, Object> schema(Type type, Field field) {
    var raw = RecordTypes.raw(type);
    if (raw == Optional.class) {
      return schema(RecordTypes.argument(type, 0), field);
    } else if (raw == String.class) {
      return bounded("string", "minLength", "maxLength", field);
    } else if (raw == boolean.class || raw == Boolean.class) {
      return Map.of("type", "boolean");
    } else if (raw == Instant.class) {
      return ordered("type", "string", "format", "date-time");
    } else if (raw.isEnum()) {
      return ordered("type", "string", "enum", List.copyOf(Fields.words(raw).keySet()));
    } else if (raw == RawJson.class || raw == Object.class) {
      return Map.of();
    } else if (raw == List.class) {
      var list = bounded("array", "minItems", "maxItems", field);
      list.put("items", schema(RecordTypes.argument(type, 0), ITEM));
      return list;
    } else if (raw == Map.class) {
      return ordered(
          "type", "object", "additionalProperties", schema(RecordTypes.argument(type, 1), ITEM));
    } else if (choices.has(raw)) {
      return Map.of("oneOf", choices.of(raw).entrySet().stream().map(this::choice).toList());
    } else if (raw.isRecord()) {
      return of(raw.asSubclass(Record.class));
    }
    return bounded("integer", "minimum", "maximum", field);
  }

  private Map<String, Object> choice(Map.Entry<String, Class<? extends Record>> choice) {
    var schema = new LinkedHashMap<String, Object>();
    schema.put("type", "object");
    schema.put("properties", Map.of(choice.getKey(), of(choice.getValue())));
    schema.put("required", List.of(choice.getKey()));
    schema.put("additionalProperties", false);
    return schema;
  }

  private static Map<String, Object> bounded(String type, String least, String most, Field field) {
    var schema = new LinkedHashMap<String, Object>();
    schema.put("type", type);
    if (field.least() > 0 || (type.equals("integer") && field.most() >= 0)) {
      schema.put(least, field.least());
    }
    if (field.most() >= 0) {
      schema.put(most, field.most());
    }
    return schema;
  }

  private static Map<String, Object> ordered(String one, Object first, String two, Object second) {
    var map = new LinkedHashMap<String, Object>();
    map.put(one, first);
    map.put(two, second);
    return map;
  }

  /** Returns the words that complete "expected …" for a value. */
  static String words(Type type, Field field) {
    var raw = RecordTypes.raw(type);
    if (raw == Optional.class) {
      return words(RecordTypes.argument(type, 0), field);
    } else if (raw == String.class) {
      return "a text" + bounds(field, " characters");
    } else if (raw == boolean.class || raw == Boolean.class) {
      return "true or false";
    } else if (raw == Instant.class) {
      return "a time such as \"2030-12-31T23:59:59Z\"";
    } else if (raw.isEnum()) {
      return "one of " + String.join(", ", Fields.words(raw).keySet());
    } else if (raw == List.class) {
      return "a list"
          + bounds(field, " items")
          + ", each "
          + words(RecordTypes.argument(type, 0), ITEM);
    } else if (raw == Map.class) {
      return "an object of texts";
    } else if (raw == RawJson.class) {
      return "any JSON value";
    } else if (raw.isRecord()) {
      return "an object with " + String.join(", ", Fields.names(raw));
    } else if (raw.isInterface()) {
      return "an object with the name of a method and its fields";
    }
    return "a whole number" + bounds(field, "");
  }

  private static String bounds(Field field, String unit) {
    if (field.most() < 0) {
      return field.least() == 0 ? "" : " of at least " + field.least() + unit;
    }
    return (unit.isEmpty() ? " from " : " of ") + field.least() + " to " + field.most() + unit;
  }

  /** The field of an item, which has no bounds of its own. */
  @SuppressWarnings("ClassExplicitlyAnnotation")
  private static final class Unbounded implements Field {
    @Override
    public String value() {
      return "";
    }

    @Override
    public String example() {
      return "";
    }

    @Override
    public long most() {
      return -1;
    }

    @Override
    public long least() {
      return 0;
    }

    @Override
    public Class<? extends Annotation> annotationType() {
      return Field.class;
    }

    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof Unbounded;
    }

    @Override
    public int hashCode() {
      return 0;
    }
  }
}
