package io.lhttp.internal.text;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Writes a value of any kind as JSON. */
final class JsonValue {
  private JsonValue() {}

  static void write(JsonGenerator to, @Nullable Object value) throws IOException {
    switch (value) {
      case null -> to.writeNull();
      case Boolean bool -> to.writeBoolean(bool);
      case Double number when !Double.isFinite(number) -> to.writeNull();
      case Float number when !Float.isFinite(number) -> to.writeNull();
      case Number number -> to.writeNumber(number.toString());
      case Map<?, ?> map -> {
        to.writeStartObject();
        for (var entry : map.entrySet()) {
          to.writeFieldName(String.valueOf(entry.getKey()));
          write(to, entry.getValue());
        }
        to.writeEndObject();
      }
      case Iterable<?> list -> {
        to.writeStartArray();
        for (var item : list) {
          write(to, item);
        }
        to.writeEndArray();
      }
      default -> to.writeString(value.toString());
    }
  }
}
