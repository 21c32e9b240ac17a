package io.lhttp.app.api.json;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.util.JsonRecyclerPools;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import org.jspecify.annotations.Nullable;

/**
 * A JSON value of any kind, as its sender wrote it.
 *
 * @param text valid JSON
 */
public record RawJson(String text) {
  private static final JsonFactory FACTORY =
      new JsonFactoryBuilder().recyclerPool(JsonRecyclerPools.sharedBoundedPool()).build();

  /**
   * Returns the value as a text, a long or a larger whole number, a double, a boolean, a list or a
   * map. A member whose value is null is left out.
   *
   * @throws IllegalArgumentException if the text is no JSON
   */
  public @Nullable Object value() {
    try (var parser = FACTORY.createParser(text)) {
      parser.nextToken();
      return value(parser);
    } catch (IOException e) {
      throw new IllegalArgumentException("expected JSON", e);
    }
  }

  private static @Nullable Object value(JsonParser parser) throws IOException {
    return switch (parser.currentToken()) {
      case VALUE_STRING -> parser.getText();
      case VALUE_NUMBER_INT ->
          parser.getNumberType() == JsonParser.NumberType.BIG_INTEGER
              ? parser.getBigIntegerValue()
              : (Object) parser.getLongValue();
      case VALUE_NUMBER_FLOAT -> parser.getDoubleValue();
      case VALUE_TRUE -> true;
      case VALUE_FALSE -> false;
      case START_ARRAY -> {
        var list = new ArrayList<Object>();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
          var item = value(parser);
          if (item != null) {
            list.add(item);
          }
        }
        yield Collections.unmodifiableList(list);
      }
      case START_OBJECT -> {
        var map = new LinkedHashMap<String, Object>();
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
          var name = parser.currentName();
          parser.nextToken();
          var member = value(parser);
          if (member != null) {
            map.put(name, member);
          }
        }
        yield Collections.unmodifiableMap(map);
      }
      case null, default -> null;
    };
  }
}
