package io.lhttp.app.reference;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.lhttp.app.assembly.BuiltInForms;
import io.lhttp.app.config.Form;
import io.lhttp.app.config.Form.Either;
import io.lhttp.app.config.Form.Entries;
import io.lhttp.app.config.Form.Items;
import io.lhttp.app.config.Form.Keys;
import io.lhttp.app.config.Form.One;
import io.lhttp.app.config.Form.Word;
import io.lhttp.app.config.Form.Words;
import io.lhttp.app.settings.SettingsForms;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The schema of {@code lhttp.yaml}, in draft 7 of JSON Schema, which the YAML plug-ins of editors
 * understand. A text with {@code ${…}} may stand for any single value.
 */
final class JsonSchema {
  private static final String REFERENCE = "|.*\\$\\{.*";
  private static final Map<String, Object> ANY_REFERENCE =
      ordered("type", "string", "pattern", "\\$\\{");

  private final Javadocs javadocs = new Javadocs(ReferencePage.HOME);
  private final SettingsForms settings = new SettingsForms();

  /** The schema as JSON. */
  String json() throws JsonProcessingException {
    var schema = new LinkedHashMap<String, Object>();
    schema.put("$schema", "http://json-schema.org/draft-07/schema#");
    schema.put("title", "lhttp.yaml");
    schema.put("description", "The settings of an LHTTP application.");
    schema.putAll(keys(settings.all().keys()));
    schema.put("definitions", filters());
    return new ObjectMapper().writerWithDefaultPrettyPrinter().writeValueAsString(schema) + "\n";
  }

  /** The options of the built-in filters, each with the keys of an entry of the chain. */
  private Map<String, Object> filters() {
    var filters = new LinkedHashMap<String, Object>();
    new BuiltInForms()
        .all()
        .forEach((name, options) -> {
          var keys = new ArrayList<>(options.map(Keys::keys).orElse(List.of()));
          keys.addAll(settings.ofLink());
          filters.put(name, keys(keys));
        });
    return filters;
  }

  /** An entry of the chain: a name, or a name with options. */
  private Map<String, Object> entry() {
    var builtIn = new LinkedHashMap<String, Object>();
    var underOtherNames = new ArrayList<Map<String, Object>>();
    for (var name : BuiltInForms.names()) {
      builtIn.put(name, options(name));
      underOtherNames.add(
          ordered(
              "if",
              ordered(
                  "required",
                  List.of("filter"),
                  "properties",
                  Map.of("filter", Map.of("const", name))),
              "then",
              options(name)));
    }
    var own = keys(settings.ofLink());
    own.put("additionalProperties", true);
    own.put("allOf", underOtherNames);
    var named = new LinkedHashMap<String, Object>();
    named.put("type", "object");
    named.put("minProperties", 1);
    named.put("maxProperties", 1);
    named.put("properties", builtIn);
    named.put("additionalProperties", own);
    var name =
        Map.of("anyOf", List.of(Map.of("enum", BuiltInForms.names()), Map.of("type", "string")));
    return Map.of("anyOf", List.of(name, named));
  }

  private static Map<String, Object> options(String filter) {
    return Map.of("$ref", "#/definitions/" + filter);
  }

  private Map<String, Object> keys(List<Form.Key> keys) {
    var properties = new LinkedHashMap<String, Object>();
    for (var key : keys) {
      var property = new LinkedHashMap<String, Object>();
      property.put("description", javadocs.of(key.component()).replace("`", ""));
      if (key.form() instanceof One || key.form() instanceof Words) {
        var fallback = KeyTable.plain(key.form(), key.fallback());
        if (fallback != null) {
          property.put("default", constant(fallback));
        }
      }
      property.putAll(key.name().equals("chain") ? items(entry()) : schema(key.form()));
      properties.put(key.name(), property);
    }
    var schema = new LinkedHashMap<String, Object>();
    schema.put("type", List.of("object", "null"));
    schema.put("properties", properties);
    schema.put("additionalProperties", false);
    var required = keys.stream().filter(Form.Key::required).map(Form.Key::name).toList();
    if (!required.isEmpty()) {
      schema.put("required", required);
    }
    return schema;
  }

  private Map<String, Object> schema(Form form) {
    return switch (form) {
      case One one -> one(one);
      case Word word -> Map.of("const", constant(word.word()));
      case Words words ->
          Map.of(
              "anyOf",
              List.of(Map.of("enum", List.copyOf(words.constants().keySet())), ANY_REFERENCE));
      case Items items -> items(schema(items.item()));
      case Entries entries ->
          ordered(
              "type", List.of("object", "null"), "additionalProperties", schema(entries.value()));
      case Keys keys -> keys(keys.keys());
      case Either either -> Map.of("anyOf", either.forms().stream().map(this::schema).toList());
      case Form.Anything _ -> Map.of();
    };
  }

  private static Map<String, Object> items(Map<String, Object> item) {
    return ordered("type", List.of("array", "null"), "items", item);
  }

  private static Map<String, Object> one(One one) {
    return switch (one.kind()) {
      case TEXT -> Map.of("type", List.of("string", "number", "boolean"));
      case WHOLE -> measure("integer", "-?[0-9]+(_[0-9]+)*");
      case NUMBER -> measure("number", "-?[0-9.]+");
      case SIZE -> measure("integer", "[0-9]+(\\.[0-9]+)? ?([kKmMgG][iI]?)?[bB]?");
      case DURATION ->
          ordered(
              "type",
              "string",
              "pattern",
              "^([0-9]+(\\.[0-9]+)? ?([nNuUmM]?[sS]|[mMhHdD])" + REFERENCE + ")$");
      case TRUTH -> Map.of("anyOf", List.of(Map.of("type", "boolean"), ANY_REFERENCE));
    };
  }

  private static Map<String, Object> measure(String type, String pattern) {
    return ordered("type", List.of(type, "string"), "pattern", "^(" + pattern + REFERENCE + ")$");
  }

  /** A word as YAML reads it. */
  private static Object constant(String word) {
    if (word.equals("true") || word.equals("false")) {
      return Boolean.valueOf(word);
    }
    return word.matches("[0-9]{1,9}") ? Integer.valueOf(word) : word;
  }

  private static Map<String, Object> ordered(String one, Object first, String two, Object second) {
    var map = new LinkedHashMap<String, Object>();
    map.put(one, first);
    map.put(two, second);
    return map;
  }
}
