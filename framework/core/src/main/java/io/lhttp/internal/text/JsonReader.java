package io.lhttp.internal.text;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
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

  /** For {@link #parse}: a repeated member is an error. */
  private static final JsonFactory STRICT =
      new JsonFactoryBuilder()
          .recyclerPool(JsonRecyclerPools.sharedBoundedPool())
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
          .build();

  private JsonReader() {}

  /**
   * Reads a text that has to be one JSON value and nothing else. Numbers keep their digits: a whole
   * number is a {@link Long} or a {@link java.math.BigInteger}, any other a {@link
   * java.math.BigDecimal}.
   *
   * @throws IOException if the text is no JSON, repeats a member, goes on after the value, or is
   *     nested deeper than {@code maxDepth}. The message has one line, and quotes nothing
   */
  public static @Nullable Object parse(String json, int maxDepth) throws IOException {
    try (var parser = STRICT.createParser(json)) {
      if (parser.nextToken() == null) {
        throw new IOException("an empty text");
      }
      var value = value(parser, maxDepth, true);
      if (parser.nextToken() != null) {
        throw new IOException("more text after the value");
      }
      return value;
    } catch (JsonProcessingException e) {
      var at = e.getLocation();
      throw new IOException(
          at == null
              ? "malformed"
              : "malformed at line %d, column %d".formatted(at.getLineNr(), at.getColumnNr()));
    }
  }

  /**
   * Returns the value: a string, a double, a boolean, null, or an unmodifiable list or map of
   * values. Returns null also if the text is no JSON, or is nested deeper than {@code maxDepth}.
   */
  public static @Nullable Object read(String json, int maxDepth) {
    try (var parser = FACTORY.createParser(json)) {
      parser.nextToken();
      return value(parser, maxDepth, false);
    } catch (IOException e) {
      return null;
    }
  }

  private static @Nullable Object value(JsonParser parser, int maxDepth, boolean exact)
      throws IOException {
    if (maxDepth < 0) {
      throw new IOException("nested too deeply");
    }
    return switch (parser.currentToken()) {
      case VALUE_STRING -> parser.getText();
      case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT ->
          exact ? number(parser) : (Object) parser.getDoubleValue();
      case VALUE_TRUE -> true;
      case VALUE_FALSE -> false;
      case START_ARRAY -> {
        var list = new ArrayList<@Nullable Object>();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
          list.add(value(parser, maxDepth - 1, exact));
        }
        yield Collections.unmodifiableList(list);
      }
      case START_OBJECT -> {
        var map = new LinkedHashMap<String, @Nullable Object>();
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
          var name = parser.currentName();
          parser.nextToken();
          map.put(name, value(parser, maxDepth - 1, exact));
        }
        yield Collections.unmodifiableMap(map);
      }
      case null, default -> null;
    };
  }

  private static Number number(JsonParser parser) throws IOException {
    if (parser.currentToken() == JsonToken.VALUE_NUMBER_FLOAT) {
      return parser.getDecimalValue();
    }
    return parser.getNumberType() == JsonParser.NumberType.BIG_INTEGER
        ? parser.getBigIntegerValue()
        : (Number) parser.getLongValue();
  }
}
