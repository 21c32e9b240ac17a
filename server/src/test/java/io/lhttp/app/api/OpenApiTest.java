package io.lhttp.app.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.app.api.method.Method;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** The description of the API is valid, and has all methods with examples that fit. */
class OpenApiTest {
  private final ApiSchema schema = new ApiSchema();

  @Test
  void description_fitsSchemaOfOpenApi() {
    schema.requireOpenApi();
    schema.requireSchemas();
  }

  @Test
  void description_hasEachMethod() {
    var paths = new TreeSet<String>();
    schema.description().get("paths").fieldNames().forEachRemaining(paths::add);
    var expected = new TreeSet<String>();
    Method.words().forEach(word -> expected.add("/api/" + word));
    expected.add("/api/openapi.json");
    assertThat(paths).isEqualTo(expected);
  }

  @Test
  void examples_fitTheirSchemas() {
    for (var property : schema.description().findParents("examples")) {
      var type = property.path("type").asText();
      var example = property.get("examples").get(0);
      switch (type) {
        case "string" -> assertThat(example.isTextual()).as(example.toString()).isTrue();
        case "array" -> assertThat(example.isArray()).as(example.toString()).isTrue();
        default -> assertThat(type).isEmpty();
      }
    }
  }
}
