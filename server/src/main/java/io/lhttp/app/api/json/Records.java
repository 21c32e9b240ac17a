package io.lhttp.app.api.json;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.core.util.JsonRecyclerPools;
import io.lhttp.app.config.RecordTypes;
import io.lhttp.internal.text.Json;
import io.lhttp.internal.text.Nearest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Reads a record from JSON while the text is parsed, so that a text costs no more memory than its
 * record. Each field must be known, of its type and within its bounds. A field comes once, and null
 * is no value.
 *
 * <p>Components may be texts, numbers, truths, enums, records, {@link RawJson}, lists, maps of
 * texts, optionals of these, and {@link Choices}. Stateless.
 */
public final class Records {
  private static final int DEPTH = 64;
  private static final int DIGITS = 100;
  private static final int NAME = 1_000;

  /** The most members of a map of texts. */
  private static final int MEMBERS = 100;

  private static final JsonFactory FACTORY =
      new JsonFactoryBuilder()
          .recyclerPool(JsonRecyclerPools.sharedBoundedPool())
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(DEPTH)
                  .maxNumberLength(DIGITS)
                  .maxNameLength(NAME)
                  .build())
          .build();

  private final String text;
  private final JsonParser parser;
  private final Choices choices;

  private Records(String text, JsonParser parser, Choices choices) {
    this.text = text;
    this.parser = parser;
    this.choices = choices;
  }

  /**
   * Reads a record from a whole text.
   *
   * @throws BadInput if the text is no such record
   */
  public static <R> R read(Class<R> type, String text, Choices choices) throws BadInput {
    try (var parser = FACTORY.createParser(text)) {
      if (parser.nextToken() == null) {
        throw BadInput.of("expected a JSON object, such as {}, not an empty body");
      }
      var reading = new Records(text, parser, choices);
      var record = type.cast(reading.record(type.asSubclass(Record.class), JsonPath.ROOT));
      if (parser.nextToken() != null) {
        throw BadInput.of("expected one JSON object, and nothing after it");
      }
      return record;
    } catch (StreamConstraintsException _) {
      throw BadInput.of(
          "the JSON is nested deeper than %d levels, or has a number of over %d digits or a name of"
                  .formatted(DEPTH, DIGITS)
              + " over %d characters".formatted(NAME));
    } catch (JsonProcessingException e) {
      var at = e.getLocation();
      var reason = String.valueOf(e.getOriginalMessage());
      if (reason.startsWith("Duplicate ")) {
        throw BadInput.of(
            "a member came twice: line %d, column %d".formatted(at.getLineNr(), at.getColumnNr()));
      }
      throw BadInput.of(
          "the body is no JSON: line %d, column %d".formatted(at.getLineNr(), at.getColumnNr()));
    } catch (IOException e) {
      throw new UncheckedIOException(e); // a text has no other
    }
  }

  private <R extends Record> R record(Class<R> type, JsonPath path) throws IOException, BadInput {
    var components = type.getRecordComponents();
    require(JsonToken.START_OBJECT, "an object with " + list(Fields.names(type)), path);
    var byName = new HashMap<String, Integer>();
    for (var i = 0; i < components.length; i++) {
      byName.put(Fields.name(components[i]), i);
    }
    var values = new @Nullable Object[components.length];
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      var name = parser.currentName();
      var index = byName.get(name);
      if (index == null) {
        throw unknown(name, Fields.names(type), path);
      }
      parser.nextToken();
      var component = components[index];
      values[index] = value(component.getGenericType(), Fields.field(component), path.member(name));
    }
    requireAlternatives(type, byName, values, path);
    for (var i = 0; i < components.length; i++) {
      if (values[i] == null) {
        values[i] = absent(components[i], path);
      }
    }
    return made(type, values, path);
  }

  private static <R extends Record> R made(Class<R> type, @Nullable Object[] values, JsonPath path)
      throws BadInput {
    try {
      return Fields.make(type, values);
    } catch (WrongFieldException e) {
      throw wrongField(e, valueOf(e, type, values), path);
    } catch (IllegalArgumentException e) {
      throw new BadInput(String.valueOf(e.getMessage()), path, "", "", "");
    }
  }

  private static BadInput wrongField(
      WrongFieldException wrong, @Nullable Object value, JsonPath path) {
    var at = path.member(wrong.field());
    if (wrong.item() >= 0) {
      at = at.item(wrong.item());
    } else if (!wrong.member().isEmpty()) {
      at = at.member(shown(wrong.member()));
    }
    var json = value instanceof RawJson(var raw) ? raw : Written.json(value);
    var message =
        wrong.reason().isEmpty()
            ? "expected %s, not %s"
                .formatted(wrong.expected(), value == null ? "none" : shown(json))
            : wrong.reason();
    var quoted =
        switch (value) {
          case null -> "";
          case String string -> string;
          case Instant instant -> instant.toString();
          default -> json;
        };
    return new BadInput(message, at, quoted, wrong.expected(), "");
  }

  /** Returns the value that a constructor has refused; null if it is absent. */
  private static @Nullable Object valueOf(
      WrongFieldException wrong, Class<?> type, @Nullable Object[] values) {
    var value = values[Fields.names(type).indexOf(wrong.field())];
    var found = value instanceof Optional<?> optional ? optional.orElse(null) : value;
    return switch (found) {
      case List<?> list when wrong.item() >= 0 -> list.get(wrong.item());
      case Map<?, ?> map when !wrong.member().isEmpty() -> map.get(wrong.member());
      case null, default -> found;
    };
  }

  /** Requires that as many fields of a group are present as the record wants. */
  private static void requireAlternatives(
      Class<?> type, Map<String, Integer> byName, @Nullable Object[] values, JsonPath path)
      throws BadInput {
    for (var group : type.getAnnotationsByType(Alternatives.class)) {
      var present = new ArrayList<String>();
      for (var name : group.value()) {
        var index = byName.get(name);
        if (index != null && values[index] != null) {
          present.add(name);
        }
      }
      var expected = Schemas.words(group);
      if (present.isEmpty() && group.count() != Alternatives.Count.AT_MOST_ONE) {
        throw new BadInput("expected " + expected, path, "", expected, "");
      } else if (present.size() > 1 && group.count() != Alternatives.Count.AT_LEAST_ONE) {
        throw new BadInput(
            "expected %s, not %d".formatted(expected, present.size()),
            path.member(present.get(1)),
            "",
            expected,
            "");
      }
    }
  }

  private static Object absent(RecordComponent component, JsonPath path) throws BadInput {
    var absent = Fields.absent(component);
    if (absent == null) {
      var name = Fields.name(component);
      var expected = Schemas.words(component.getGenericType(), Fields.field(component));
      throw new BadInput(
          "'%s' is missing, expected %s".formatted(name, expected),
          path.member(name),
          "",
          expected,
          "");
    }
    return absent;
  }

  private BadInput unknown(String name, List<String> valid, JsonPath path) {
    return new BadInput(
        "unknown field '%s'%s".formatted(shown(name), Nearest.hint(name, valid)),
        path.member(shown(name)),
        "",
        list(valid),
        Nearest.to(name, valid).orElse(""));
  }

  private Object value(Type type, Field field, JsonPath path) throws IOException, BadInput {
    var raw = RecordTypes.raw(type);
    var expected = Schemas.words(type, field);
    if (raw == Optional.class) {
      return Optional.of(value(RecordTypes.argument(type, 0), field, path));
    } else if (raw == String.class) {
      require(JsonToken.VALUE_STRING, expected, path);
      var string = parser.getText();
      requireText(string, path);
      requireBounds(string.codePointCount(0, string.length()), field, expected, path);
      return string;
    } else if (raw == boolean.class || raw == Boolean.class) {
      if (parser.currentToken() != JsonToken.VALUE_TRUE) {
        require(JsonToken.VALUE_FALSE, expected, path);
      }
      return parser.getBooleanValue();
    } else if (raw == long.class || raw == Long.class || raw == int.class || raw == Integer.class) {
      return number(raw, field, expected, path);
    } else if (raw.isEnum()) {
      return word(Fields.words(raw), expected, path);
    } else if (raw == RawJson.class) {
      return slice();
    } else if (raw == List.class) {
      return items(RecordTypes.argument(type, 0), field, expected, path);
    } else if (raw == Map.class) {
      return texts(expected, path);
    } else if (raw == Instant.class) {
      return instant(expected, path);
    } else if (choices.has(raw)) {
      return choice(choices.of(raw), expected, path);
    }
    return record(raw.asSubclass(Record.class), path);
  }

  private Object number(Class<?> raw, Field field, String expected, JsonPath path)
      throws IOException, BadInput {
    require(JsonToken.VALUE_NUMBER_INT, expected, path);
    var number = parser.getBigIntegerValue();
    var whole = raw == int.class || raw == Integer.class;
    if (number.bitLength() >= (whole ? Integer.SIZE : Long.SIZE)) {
      throw wrong(expected, path);
    }
    requireBounds(number.longValue(), field, expected, path);
    if (whole) {
      return number.intValue();
    }
    return number.longValue();
  }

  private Object word(Map<String, Object> words, String expected, JsonPath path)
      throws IOException, BadInput {
    require(JsonToken.VALUE_STRING, expected, path);
    var word = parser.getText();
    var constant = words.get(word);
    if (constant == null) {
      throw new BadInput(
          "unknown: '%s'%s".formatted(shown(word), Nearest.hint(word, words.keySet())),
          path,
          Json.value(word),
          expected,
          Nearest.to(word, words.keySet()).orElse(""));
    }
    return constant;
  }

  private List<Object> items(Type item, Field field, String expected, JsonPath path)
      throws IOException, BadInput {
    require(JsonToken.START_ARRAY, expected, path);
    var items = new ArrayList<Object>();
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      if (field.most() >= 0 && items.size() == field.most()) {
        throw new BadInput("more than %d items".formatted(field.most()), path, "", expected, "");
      }
      items.add(value(item, Schemas.ITEM, path.item(items.size())));
    }
    if (items.size() < field.least()) {
      var found = items.isEmpty() ? "an empty one" : "one of %d".formatted(items.size());
      throw new BadInput("expected %s, not %s".formatted(expected, found), path, "", expected, "");
    }
    return Collections.unmodifiableList(items);
  }

  private Map<String, String> texts(String expected, JsonPath path) throws IOException, BadInput {
    require(JsonToken.START_OBJECT, expected, path);
    var texts = new LinkedHashMap<String, String>();
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      var name = parser.currentName();
      var at = path.member(shown(name));
      if (texts.size() == MEMBERS) {
        throw new BadInput("more than %d members".formatted(MEMBERS), path, "", expected, "");
      }
      requireText(name, at);
      parser.nextToken();
      require(JsonToken.VALUE_STRING, "a text", at);
      requireText(parser.getText(), at);
      texts.put(name, parser.getText());
    }
    return Collections.unmodifiableMap(texts);
  }

  /** Reads an object with one member, whose name decides about the type of its value. */
  private Object choice(Map<String, Class<? extends Record>> types, String expected, JsonPath path)
      throws IOException, BadInput {
    require(JsonToken.START_OBJECT, expected, path);
    if (parser.nextToken() != JsonToken.FIELD_NAME) {
      throw new BadInput("expected " + expected + ", not {}", path, "{}", expected, "");
    }
    var name = parser.currentName();
    var type = types.get(name);
    if (type == null) {
      throw new BadInput(
          "unknown '%s'%s".formatted(shown(name), Nearest.hint(name, types.keySet())),
          path.member(shown(name)),
          "",
          expected,
          Nearest.to(name, types.keySet()).orElse(""));
    }
    parser.nextToken();
    var chosen = record(type, path.member(name));
    if (parser.nextToken() != JsonToken.END_OBJECT) {
      throw new BadInput("expected one member, not several", path, "", expected, "");
    }
    return chosen;
  }

  private Instant instant(String expected, JsonPath path) throws IOException, BadInput {
    require(JsonToken.VALUE_STRING, expected, path);
    try {
      return Instant.parse(parser.getText());
    } catch (DateTimeException _) {
      throw wrong(expected, path);
    }
  }

  /** Returns the current value as its sender wrote it. */
  private RawJson slice() throws IOException {
    var begin = (int) parser.currentTokenLocation().getCharOffset();
    parser.skipChildren();
    parser.finishToken();
    var end = (int) parser.currentLocation().getCharOffset();
    return new RawJson(text.substring(begin, end).strip());
  }

  private void require(JsonToken token, String expected, JsonPath path)
      throws IOException, BadInput {
    if (parser.currentToken() != token) {
      throw wrong(expected, path);
    }
  }

  private BadInput wrong(String expected, JsonPath path) throws IOException {
    var found =
        switch (parser.currentToken()) {
          case START_OBJECT -> "an object";
          case START_ARRAY -> "a list";
          case VALUE_NULL -> "null; leave the field out";
          case null -> "nothing";
          case VALUE_STRING -> Json.value(shown(parser.getText()));
          default -> shown(parser.getText());
        };
    var value =
        parser.currentToken() != null && parser.currentToken().isScalarValue()
            ? parser.getText()
            : "";
    return new BadInput(
        "expected %s, not %s".formatted(expected, found), path, value, expected, "");
  }

  /** Refuses lone surrogates, which have no UTF-8. */
  private static void requireText(String text, JsonPath path) throws BadInput {
    for (var i = 0; i < text.length(); i++) {
      var c = text.charAt(i);
      if (Character.isHighSurrogate(c)
          && i + 1 < text.length()
          && Character.isLowSurrogate(text.charAt(i + 1))) {
        i++;
      } else if (Character.isSurrogate(c)) {
        throw new BadInput("expected characters of Unicode, not half of one", path, "", "", "");
      }
    }
  }

  private void requireBounds(long size, Field field, String expected, JsonPath path)
      throws IOException, BadInput {
    if (size < field.least() || (field.most() >= 0 && size > field.most())) {
      throw wrong(expected, path);
    }
  }

  private static String list(List<String> names) {
    return names.isEmpty() ? "no fields" : String.join(", ", names);
  }

  private static String shown(String text) {
    return text.length() <= 100 ? text : text.substring(0, 100) + "…";
  }
}
