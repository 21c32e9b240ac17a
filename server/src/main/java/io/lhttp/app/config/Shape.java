package io.lhttp.app.config;

import io.lhttp.app.config.Node.Scalar;
import java.time.DateTimeException;
import java.util.IllformedLocaleException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Reads the values of one type from their written form. */
@FunctionalInterface
public interface Shape<T> {
  /**
   * Reads a value.
   *
   * @param name the name in error messages
   * @return null, with a problem in the binder, if the node can't be read
   */
  @Nullable T read(Node node, String name, Binder binder);

  /**
   * Returns the shape of a type whose values are single texts.
   *
   * @param expected completes a message after "expected", with an example
   * @param parse throws IllegalArgumentException or ArithmeticException for an invalid text
   */
  static <T> Shape<T> single(String expected, Function<String, T> parse) {
    return new Single<>(expected, parse);
  }

  /** A single value; {@code expected} is what the reference of all keys calls its type. */
  record Single<T>(String expected, Function<String, T> parse) implements Shape<T> {
    @Override
    public @Nullable T read(Node node, String name, Binder binder) {
      if (node instanceof Scalar scalar) {
        try {
          return parse.apply(scalar.text());
        } catch (IllegalArgumentException
            | ArithmeticException
            | DateTimeException
            | IllformedLocaleException _) {
          // The problem below reports the text.
        }
      }
      binder
          .problems()
          .add(node.place(), "%s: expected %s, not %s", name, expected, node.describe(name));
      return null;
    }
  }
}
