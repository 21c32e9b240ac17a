package io.lhttp.app.reference;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.lhttp.app.api.OpenApi;
import io.lhttp.app.api.method.Method;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** {@code docs/server-api.md} has all methods with their fields and answers. */
class ServerApiReferenceTest {
  private static final ReferencePage page = new ReferencePage("docs/server-api.md");

  @Test
  void methods_matchCode() throws IOException {
    assertThat(page.parts()).containsExactly("methods");
    page.requireParts(part -> methods());
  }

  private static String methods() {
    JsonNode paths;
    try {
      paths = new ObjectMapper().readTree(OpenApi.json()).get("paths");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    var text = new ArrayList<String>();
    for (var method : Method.values()) {
      var post = paths.get("/api/" + method.word()).get("post");
      text.add("### `%s`".formatted(method.word()));
      text.add(method.summary());
      text.add(table("field", schema(post.get("requestBody"))));
      text.add(table("field of the answer", schema(post.get("responses").get("200"))));
    }
    return text.stream().filter(part -> !part.isEmpty()).collect(Collectors.joining("\n\n"));
  }

  private static JsonNode schema(JsonNode of) {
    return of.get("content").get("application/json").get("schema");
  }

  private static String table(String head, JsonNode schema) {
    var rows = new ArrayList<String>();
    rows(schema, "", rows, head.equals("field"));
    return rows.isEmpty()
        ? ""
        : "| %s | type | meaning |\n| --- | --- | --- |\n".formatted(head)
            + String.join("\n", rows);
  }

  private static void rows(JsonNode schema, String path, List<String> rows, boolean request) {
    var required = new ArrayList<String>();
    schema.path("required").forEach(name -> required.add(name.asText()));
    for (var property : schema.path("properties").properties()) {
      var name = path + property.getKey();
      var value = property.getValue();
      var needed = request && required.contains(property.getKey());
      rows.add(
          "| `%s` | %s%s | %s |"
              .formatted(
                  name, type(value), needed ? ", needed" : "", value.get("description").asText()));
      rows(value, name + ".", rows, request);
      rows(value.path("items"), name + "[].", rows, request);
      if (value.path("additionalProperties").isObject()) {
        rows(value.get("additionalProperties"), name + ".NAME.", rows, request);
      }
    }
  }

  private static String type(JsonNode value) {
    return switch (value.path("type").asText()) {
      case "string" ->
          value.has("enum")
              ? "one of " + value.get("enum")
              : value.has("format") ? "a time" : "a text" + bounds(value, "Length", " characters");
      case "integer" -> "a whole number" + bounds(value, "imum", "");
      case "boolean" -> "true or false";
      case "array" ->
          "a list"
              + bounds(value, "Items", " items")
              + (value.path("items").has("oneOf")
                  ? ", each an object with a method"
                  : value.path("items").has("properties")
                      ? ", each an object"
                      : ", each " + type(value.path("items")));
      case "object" ->
          value.has("properties")
              ? "an object"
              : "an object, each " + type(value.path("additionalProperties"));
      default -> "any JSON value";
    };
  }

  private static String bounds(JsonNode value, String kind, String unit) {
    var least = value.path("min" + kind).asLong(0);
    if (value.has("max" + kind)) {
      return " of %d to %d%s"
          .formatted(least, value.get("max" + kind).asLong(), unit)
          .replace(unit.isEmpty() ? " of " : "\0", " from ");
    }
    return least == 0 ? "" : " of %d%s at least".formatted(least, unit);
  }
}
