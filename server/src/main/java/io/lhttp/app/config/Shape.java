package io.lhttp.app.config;

import io.lhttp.app.config.Node.Scalar;
import java.time.DateTimeException;
import java.util.IllformedLocaleException;
import java.util.function.Function;
import java.util.regex.PatternSyntaxException;
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

  /** Thrown for a number that the type can't have. */
  final class OutOfRangeException extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;
    private final String expected;

    OutOfRangeException(String expected) {
      super(expected);
      this.expected = expected;
    }
  }

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
      var wanted = expected;
      var reason = "";
      if (node instanceof Scalar scalar) {
        try {
          return parse.apply(scalar.text());
        } catch (OutOfRangeException e) {
          wanted = e.expected;
        } catch (PatternSyntaxException e) {
          reason = ": " + reason(e);
        } catch (IllegalArgumentException
            | ArithmeticException
            | DateTimeException
            | IllformedLocaleException _) {
          // The problem below reports the text.
        }
      }
      binder
          .problems()
          .add(
              node.place(), "%s: expected %s, not %s%s", name, wanted, node.describe(name), reason);
      return null;
    }

    /** The reason without the parts that quote the text, which may be a secret. */
    private static String reason(PatternSyntaxException e) {
      var words = e.getDescription().replaceAll("[\\[{<'\"].*", "").strip();
      return e.getIndex() < 0 ? words : words + " at character " + (e.getIndex() + 1);
    }
  }
}
