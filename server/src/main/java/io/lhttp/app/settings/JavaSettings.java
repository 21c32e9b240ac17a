package io.lhttp.app.settings;

import io.lhttp.app.config.Shown;
import java.lang.management.ManagementFactory;
import java.util.List;

/**
 * The compilation of the folder's sources.
 *
 * @param options further options of javac: {@code --enable-preview}, {@code -Xlint:…}, {@code
 *     -Xdoclint:…}, {@code -Werror} and {@code -AKEY=VALUE}
 */
public record JavaSettings(List<String> options) {
  static final JavaSettings DEFAULT = new JavaSettings(List.of());

  private static final String ALLOWED =
      "--enable-preview|-Werror|-Xlint(:.*)?|-Xdoclint(:.*)?|-A.+";

  public JavaSettings {
    options = List.copyOf(options);
    for (var option : options) {
      if (!option.matches(ALLOWED)) {
        throw new IllegalArgumentException(
            "the option '%s' is not allowed, expected --enable-preview, -Xlint:…, -Xdoclint:…, -Werror or -AKEY=VALUE"
                .formatted(Shown.word(option)));
      }
    }
    if (options.contains("--enable-preview")
        && !ManagementFactory.getRuntimeMXBean().getInputArguments().contains("--enable-preview")) {
      throw new IllegalArgumentException(
          "--enable-preview: the server itself needs this option, too: start it with"
              + " LHTTP_JAVA_OPTIONS=--enable-preview");
    }
  }
}
