package io.lhttp.app.api;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The description of the server API, against which tests check requests and answers. */
final class ApiSchema {
  private static final String ROOT = "https://api.test/openapi.json";
  private static final String SPECIFICATION = "https://spec.openapis.org/";
  private static final String OPEN_API = SPECIFICATION + "oas/3.1/schema/2022-10-07";
  private static final ObjectMapper JSON = new ObjectMapper();

  private final JsonNode description = tree(OpenApi.json());
  private final SchemaRegistry registry =
      SchemaRegistry.withDefaultDialect(
          SpecificationVersion.DRAFT_2020_12,
          builder -> builder.schemas((Function<String, @Nullable String>) this::text));

  private @Nullable String text(String address) {
    if (address.equals(ROOT)) {
      return strict(description.deepCopy()).toString();
    }
    if (!address.startsWith(SPECIFICATION)) {
      return null;
    }
    var file = address.replace("https://", "").replaceFirst("#.*", "");
    try (var in = Schema.class.getClassLoader().getResourceAsStream(file)) {
      return in == null ? null : new String(in.readAllBytes(), UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Forbids further fields in answers, so that a test finds those that are not described. */
  private static JsonNode strict(JsonNode node) {
    if (node instanceof ObjectNode object
        && object.has("properties")
        && !object.path("properties").has("error")) {
      object.put("additionalProperties", false);
    }
    node.forEach(ApiSchema::strict);
    return node;
  }

  JsonNode description() {
    return description;
  }

  /** Requires that the description is one of OpenAPI 3.1. */
  void requireOpenApi() {
    var schema = registry.getSchema(SchemaLocation.of(OPEN_API));
    assertThat(schema.validate(description)).isEmpty();
    assertThat(schema.validate("{\"openapi\":\"3.1.0\"}", InputFormat.JSON)).isNotEmpty();
  }

  /** Requires that each schema of the description is one. */
  void requireSchemas() {
    var schema =
        registry.getSchema(SchemaLocation.of("https://json-schema.org/draft/2020-12/schema"));
    var all = description.findValues("schema");
    assertThat(all).hasSizeGreaterThan(30);
    for (var each : all) {
      assertThat(schema.validate(each)).as(each.toString()).isEmpty();
    }
  }

  /** Requires that an answer fits its description, down to each field. */
  void requireAnswer(String method, String path, int status, String body) {
    var at =
        "/paths/%s/%s/responses/%d/content"
            .formatted(escaped(path), method.toLowerCase(Locale.ROOT), status);
    assertThat(description.at(at).isMissingNode()).as("described: " + at).isFalse();
    require(at + "/application~1json/schema", body);
  }

  /** Requires that a request fits its description. */
  void requireRequest(String path, String body) {
    require(
        "/paths/%s/post/requestBody/content/application~1json/schema".formatted(escaped(path)),
        body);
  }

  private void require(String at, String body) {
    var schema = registry.getSchema(SchemaLocation.of(ROOT + "#" + at));
    assertThat(schema.validate(body, InputFormat.JSON)).as("%s at %s", body, at).isEmpty();
  }

  private static String escaped(String path) {
    return path.replace("/", "~1");
  }

  static JsonNode tree(String json) {
    try {
      return JSON.readTree(json);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static String text(Map<String, ?> json) {
    try {
      return JSON.writeValueAsString(json);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
