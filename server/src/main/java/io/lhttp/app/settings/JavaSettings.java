package io.lhttp.app.settings;

import io.lhttp.app.config.Binder;
import io.lhttp.app.config.Node;
import io.lhttp.app.config.Node.Scalar;
import io.lhttp.app.config.SecretMask;
import java.lang.management.ManagementFactory;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The compilation of the folder's sources.
 *
 * @param options further options of javac: {@code --enable-preview}, {@code -Xlint:…}, {@code
 *     -Xdoclint:…}, {@code -Werror} and {@code -AKEY=VALUE}
 */
public record JavaSettings(List<Option> options) {
  static final JavaSettings DEFAULT = new JavaSettings(List.of());

  public JavaSettings {
    options = List.copyOf(options);
  }

  /** The texts of the options. */
  public List<String> texts() {
    return options.stream().map(Option::text).toList();
  }

  /** An option of javac that a folder may set. */
  public record Option(String text) {
    private static final String ALLOWED =
        "--enable-preview|-Werror|-Xlint(:.*)?|-Xdoclint(:.*)?|-A.+";
    private static final String EXPECTED =
        "expected --enable-preview, -Xlint:…, -Xdoclint:…, -Werror or -AKEY=VALUE";

    static @Nullable Option read(Node node, String name, Binder binder) {
      if (!(node instanceof Scalar scalar)) {
        return refused(node, name, binder, EXPECTED + ", not " + node.describe(name));
      }
      var text = scalar.text();
      if (!text.matches(ALLOWED)) {
        return refused(
            node,
            name,
            binder,
            "the option '%s' is not allowed, %s"
                .formatted(SecretMask.word(scalar.written()), EXPECTED));
      } else if (text.equals("--enable-preview") && !previewed()) {
        return refused(
            node,
            name,
            binder,
            "the server itself needs --enable-preview, too: start it with"
                + " LHTTP_JAVA_OPTIONS=--enable-preview");
      }
      return new Option(text);
    }

    private static @Nullable Option refused(Node node, String name, Binder binder, String why) {
      binder.problems().add(node.place(), "%s: %s", name, why);
      return null;
    }

    private static boolean previewed() {
      return ManagementFactory.getRuntimeMXBean().getInputArguments().contains("--enable-preview");
    }
  }
}
