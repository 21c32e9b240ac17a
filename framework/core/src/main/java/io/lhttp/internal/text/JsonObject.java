package io.lhttp.internal.text;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A JSON object that is being written: each call adds a member. Only the writer's thread uses it,
 * and only during the writer's call.
 */
public final class JsonObject {
  private final JsonGenerator to;

  private JsonObject(JsonGenerator to) {
    this.to = to;
  }

  static void write(JsonGenerator to, Consumer<JsonObject> members) throws IOException {
    to.writeStartObject();
    members.accept(new JsonObject(to));
    to.writeEndObject();
  }

  public JsonObject text(String name, String value) {
    return member(name, () -> to.writeString(value));
  }

  public JsonObject number(String name, long value) {
    return member(name, () -> to.writeNumber(value));
  }

  /** Adds a number; a number that is not finite becomes null. */
  public JsonObject number(String name, double value) {
    return member(name, () -> JsonValue.write(to, value));
  }

  public JsonObject flag(String name, boolean value) {
    return member(name, () -> to.writeBoolean(value));
  }

  /** Adds a value of any kind, as {@link Json#value} writes it. */
  public JsonObject value(String name, @Nullable Object value) {
    return member(name, () -> JsonValue.write(to, value));
  }

  public JsonObject object(String name, Consumer<JsonObject> members) {
    return member(name, () -> write(to, members));
  }

  public JsonObject texts(String name, Iterable<String> values) {
    return member(name, () -> JsonValue.write(to, values));
  }

  /** Adds an array with an object for each item. */
  public <T> JsonObject objects(String name, Iterable<T> items, BiConsumer<JsonObject, T> members) {
    return objects(name, items, Integer.MAX_VALUE, members);
  }

  /**
   * Adds an array with an object for each item, until the whole text has more than {@code
   * maxLength} characters; the remaining items are left out.
   */
  public <T> JsonObject objects(
      String name, Iterable<T> items, int maxLength, BiConsumer<JsonObject, T> members) {
    return member(
        name,
        () -> {
          to.writeStartArray();
          for (var item : items) {
            if (length() > maxLength) {
              break;
            }
            write(to, object -> members.accept(object, item));
          }
          to.writeEndArray();
        });
  }

  private int length() {
    var written = (StringWriter) to.getOutputTarget();
    return written.getBuffer().length() + to.getOutputBuffered();
  }

  private JsonObject member(String name, Step value) {
    try {
      to.writeFieldName(name);
      value.write();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return this;
  }

  /** Writes the value of a member. */
  @FunctionalInterface
  private interface Step {
    void write() throws IOException;
  }
}
