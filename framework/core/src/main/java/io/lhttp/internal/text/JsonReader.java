package io.lhttp.internal.text;

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

/** Reads JSON (RFC 8259) as values of the JDK. Stateless. */
public final class JsonReader {
  /**
   * Threads share a pool of buffers, so that reading on a virtual thread leaves no buffer at that
   * thread.
   */
  private static final JsonFactory FACTORY =
      new JsonFactoryBuilder().recyclerPool(JsonRecyclerPools.sharedBoundedPool()).build();

  private JsonReader() {}

  /**
   * Returns the value: a string, a double, a boolean, null, or an unmodifiable list or map of
   * values. Returns null also if the text is no JSON, or is nested deeper than {@code maxDepth}.
   */
  public static @Nullable Object read(String json, int maxDepth) {
    try (var parser = FACTORY.createParser(json)) {
      parser.nextToken();
      return value(parser, maxDepth);
    } catch (IOException e) {
      return null;
    }
  }

  private static @Nullable Object value(JsonParser parser, int maxDepth) throws IOException {
    if (maxDepth < 0) {
      throw new IOException("nested too deeply");
    }
    return switch (parser.currentToken()) {
      case VALUE_STRING -> parser.getText();
      case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> parser.getDoubleValue();
      case VALUE_TRUE -> true;
      case VALUE_FALSE -> false;
      case START_ARRAY -> {
        var list = new ArrayList<@Nullable Object>();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
          list.add(value(parser, maxDepth - 1));
        }
        yield Collections.unmodifiableList(list);
      }
      case START_OBJECT -> {
        var map = new LinkedHashMap<String, @Nullable Object>();
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
          var name = parser.currentName();
          parser.nextToken();
          map.put(name, value(parser, maxDepth - 1));
        }
        yield Collections.unmodifiableMap(map);
      }
      case null, default -> null;
    };
  }
}
