package io.lhttp.app.settings;

import io.lhttp.app.config.Binder;
import io.lhttp.app.config.Node;
import io.lhttp.app.config.Node.Scalar;
import io.lhttp.app.config.SecretMask;
import io.lhttp.internal.text.Nearest;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import javax.lang.model.SourceVersion;
import javax.tools.ToolProvider;
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
    private static final String LINT = "-Xlint:";

    /** A line of {@code javac --help-lint} that begins with the name of some warnings. */
    private static final Pattern LINT_KEY = Pattern.compile("(?m)^ {4}([a-z][a-z-]*) ");

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
      var unknown = unknown(text);
      return unknown.isPresent() ? refused(node, name, binder, unknown.get()) : new Option(text);
    }

    /**
     * Describes the part of an allowed option that this JDK's compiler does not take; empty if
     * there is none, or no compiler.
     */
    private static Optional<String> unknown(String text) {
      var compiler = ToolProvider.getSystemJavaCompiler();
      if (text.startsWith("-A")) {
        var key = text.substring(2).split("=", 2)[0];
        return Arrays.stream(key.split("\\.", -1)).allMatch(SourceVersion::isIdentifier)
            ? Optional.empty()
            : Optional.of(
                "expected identifiers with dots between them behind -A, not '%s'"
                    .formatted(SecretMask.word(key)));
      }
      if (compiler == null || compiler.isSupportedOption(text) >= 0) {
        return Optional.empty();
      }
      if (!text.startsWith(LINT)) {
        return Optional.of(
            "javac does not take '%s' (javac --help-extra lists the values of -Xdoclint)"
                .formatted(SecretMask.word(text)));
      }
      var keys = lintKeys();
      return Arrays.stream(text.substring(LINT.length()).split(",", -1))
          .map(key -> key.startsWith("-") ? key.substring(1) : key)
          .filter(key -> !keys.contains(key))
          .findFirst()
          .map(key ->
              "javac has no warnings '%s'%s"
                  .formatted(SecretMask.word(key), Nearest.hint(key, keys)))
          .or(() -> Optional.of("javac does not take '%s'".formatted(SecretMask.word(text))));
    }

    /** The names of warnings that javac tells, in the order of its help. */
    private static List<String> lintKeys() {
      var help = new StringWriter();
      var out = new PrintWriter(help);
      java.util.spi.ToolProvider.findFirst("javac")
          .ifPresent(javac -> javac.run(out, out, "--help-lint"));
      return LINT_KEY.matcher(help.toString()).results().map(key -> key.group(1)).toList();
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
