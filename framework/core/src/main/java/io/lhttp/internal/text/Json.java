package io.lhttp.internal.text;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.core.util.JsonRecyclerPools;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Writes JSON (RFC 8259). Escaping keeps a client's text within its string: it can't end the string
 * or a script element, nor reach a terminal as a control character.
 */
public final class Json {
  /** JSON for programs, and for pages that put it into a script element. */
  private static final JsonFactory COMPACT = builder(true).build();

  /** JSON for terminals: printable ASCII. */
  private static final JsonFactory PRINTABLE =
      builder(false).enable(JsonWriteFeature.ESCAPE_NON_ASCII).build();

  private Json() {}

  /** Writes an object without white space. */
  public static String object(Consumer<JsonObject> members) {
    return written(COMPACT, false, to -> JsonObject.write(to, members));
  }

  /** Writes an object of printable ASCII, indented, with a line break at its end. */
  public static String page(Consumer<JsonObject> members) {
    return written(PRINTABLE, true, to -> JsonObject.write(to, members)) + "\n";
  }

  /** Writes an object of printable ASCII as one line, with a line break at its end. */
  public static String line(Consumer<JsonObject> members) {
    return written(PRINTABLE, false, to -> JsonObject.write(to, members)) + "\n";
  }

  /**
   * Writes a value without white space: null, a boolean, a number, an iterable or map of values, or
   * the text of anything else. A number that is not finite becomes null.
   *
   * @throws UncheckedIOException if values are nested more than 1,000 levels deep
   */
  public static String value(@Nullable Object value) {
    return written(COMPACT, false, to -> JsonValue.write(to, value));
  }

  /** One step of writing, which may throw {@link IOException}. */
  @FunctionalInterface
  interface Step {
    void write(JsonGenerator to) throws IOException;
  }

  /**
   * Creates the builder of a factory. All threads share a bounded pool of buffers, because
   * otherwise each virtual thread would allocate its own.
   *
   * @param markup whether {@code <}, {@code >} and {@code &} are escaped
   */
  private static JsonFactoryBuilder builder(boolean markup) {
    return new JsonFactoryBuilder()
        .characterEscapes(new JsonEscapes(markup))
        .recyclerPool(JsonRecyclerPools.sharedBoundedPool());
  }

  private static String written(JsonFactory factory, boolean indented, Step step) {
    var text = new StringWriter(128);
    try (var to = factory.createGenerator(text)) {
      if (indented) {
        to.useDefaultPrettyPrinter();
      }
      step.write(to);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return text.toString();
  }
}
