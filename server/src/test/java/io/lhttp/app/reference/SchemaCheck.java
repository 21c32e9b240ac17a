package io.lhttp.app.reference;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/**
 * Checks values against a schema. It knows the keywords that {@link JsonSchema} writes, and refuses
 * a schema with others.
 */
final class SchemaCheck {
  private static final Set<String> KNOWN =
      Set.of(
          "$schema",
          "title",
          "description",
          "default", // say nothing about values
          "definitions",
          "$ref",
          "allOf",
          "if",
          "then",
          "type",
          "enum",
          "const",
          "pattern",
          "anyOf",
          "items",
          "required",
          "properties",
          "additionalProperties",
          "minProperties",
          "maxProperties");

  private final JsonNode root;

  private SchemaCheck(JsonNode root) {
    this.root = root;
  }

  /** The reasons why the value does not fit, each with its place; none if it fits. */
  static List<String> problems(JsonNode schema, JsonNode value) {
    return new SchemaCheck(schema).found(schema, value, "");
  }

  private List<String> found(JsonNode schema, JsonNode value, String at) {
    var problems = new ArrayList<String>();
    check(schema, value, at, problems);
    return problems;
  }

  private void check(JsonNode schema, JsonNode value, String at, List<String> problems) {
    if (schema.isBoolean()) {
      if (!schema.booleanValue()) {
        problems.add(at + ": not allowed here");
      }
      return;
    }
    schema
        .fieldNames()
        .forEachRemaining(keyword -> {
          if (!KNOWN.contains(keyword)) {
            throw new AssertionError("this check does not know the keyword " + keyword);
          }
        });
    if (schema.has("type") && texts(schema.get("type")).noneMatch(type -> is(value, type))) {
      problems.add(at + ": expected " + schema.get("type") + ", not " + value);
    }
    if (schema.has("enum") && elements(schema.get("enum")).noneMatch(value::equals)) {
      problems.add(at + ": expected one of " + schema.get("enum") + ", not " + value);
    }
    if (schema.has("const") && !schema.get("const").equals(value)) {
      problems.add(at + ": expected " + schema.get("const") + ", not " + value);
    }
    if (schema.has("pattern")
        && value.isTextual()
        && !Pattern.compile(schema.get("pattern").asText()).matcher(value.asText()).find()) {
      problems.add(at + ": expected " + schema.get("pattern") + ", not " + value);
    }
    if (schema.has("anyOf")
        && elements(schema.get("anyOf")).noneMatch(each -> found(each, value, at).isEmpty())) {
      problems.add(at + ": fits none of the forms: " + value);
    }
    if (schema.has("$ref")) {
      check(root.at(schema.get("$ref").asText().substring(1)), value, at, problems);
    }
    elements(schema.path("allOf")).forEach(each -> check(each, value, at, problems));
    if (schema.has("if") && found(schema.get("if"), value, at).isEmpty()) {
      check(schema.get("then"), value, at, problems);
    }
    if (schema.has("items") && value.isArray()) {
      for (var i = 0; i < value.size(); i++) {
        check(schema.get("items"), value.get(i), at + "[" + i + "]", problems);
      }
    }
    if (value.isObject()) {
      keys(schema, value, at, problems);
    }
  }

  private void keys(JsonNode schema, JsonNode value, String at, List<String> problems) {
    if (schema.has("required")) {
      texts(schema.get("required"))
          .filter(key -> !value.has(key))
          .forEach(key -> problems.add(at + ": the key " + key + " is missing"));
    }
    if (value.size() < schema.path("minProperties").asInt(0)
        || value.size() > schema.path("maxProperties").asInt(Integer.MAX_VALUE)) {
      problems.add(at + ": another number of keys");
    }
    for (var entry : value.properties()) {
      var key = entry.getKey();
      var own = schema.path("properties").path(key);
      var rest = schema.path("additionalProperties");
      if (!own.isMissingNode()) {
        check(own, entry.getValue(), at + "." + key, problems);
      } else if (!rest.isMissingNode()) {
        check(rest, entry.getValue(), at + "." + key, problems);
      }
    }
  }

  private static boolean is(JsonNode value, String type) {
    return switch (type) {
      case "object" -> value.isObject();
      case "array" -> value.isArray();
      case "string" -> value.isTextual();
      case "integer" -> value.isIntegralNumber();
      case "number" -> value.isNumber();
      case "boolean" -> value.isBoolean();
      case "null" -> value.isNull();
      default -> throw new AssertionError("no type: " + type);
    };
  }

  private static Stream<String> texts(JsonNode node) {
    return node.isArray() ? elements(node).map(JsonNode::asText) : Stream.of(node.asText());
  }

  private static Stream<JsonNode> elements(JsonNode node) {
    return StreamSupport.stream(node.spliterator(), false);
  }
}
