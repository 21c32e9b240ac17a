package io.lhttp.app.config;

import io.lhttp.app.config.Node.Scalar;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** How a value of one type is written. */
@FunctionalInterface
public interface Shape<T> {
  /**
   * @param name what error messages call it
   * @return null where it can't be read; the binder's problems say why
   */
  @Nullable T read(Node node, String name, Binder binder);

  /**
   * A single value.
   *
   * @param expected completes "expected …", with an example
   * @param parse throws IllegalArgumentException (or ArithmeticException) for what is no such value
   */
  static <T> Shape<T> single(String expected, Function<String, T> parse) {
    return (node, name, binder) -> {
      if (node instanceof Scalar scalar) {
        try {
          return parse.apply(scalar.text());
        } catch (IllegalArgumentException | ArithmeticException _) {
          // told below
        }
      }
      binder
          .problems()
          .add(node.place(), "%s: expected %s, not %s", name, expected, node.describe(name));
      return null;
    };
  }
}
