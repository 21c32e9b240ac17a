package io.lhttp.app.admin;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.List;

/** Writes JSON with printable ASCII only, because a terminal may show it. */
final class Json {
  private static final JsonFactory FACTORY =
      JsonFactory.builder().enable(JsonWriteFeature.ESCAPE_NON_ASCII).build();

  /** Writes a value. */
  @FunctionalInterface
  interface Body {
    void write(JsonGenerator to) throws IOException;
  }

  private Json() {}

  /** Returns an object, indented. */
  static String object(Body body) {
    var text = new StringWriter();
    try (var to = FACTORY.createGenerator(text)) {
      to.useDefaultPrettyPrinter();
      to.writeStartObject();
      body.write(to);
      to.writeEndObject();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return text.append('\n').toString().replace("\u007f", "\\u007f");
  }

  static void texts(JsonGenerator to, String name, List<String> texts) throws IOException {
    to.writeArrayFieldStart(name);
    for (var text : texts) {
      to.writeString(text);
    }
    to.writeEndArray();
  }
}
