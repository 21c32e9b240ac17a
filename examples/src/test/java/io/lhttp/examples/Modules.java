package io.lhttp.examples;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.List;
import java.util.regex.Pattern;

/** The Maven modules of this repository. */
final class Modules {
  private static final Pattern MODULE = Pattern.compile("<module>([^<]+)</module>");

  private Modules() {}

  /** Returns the folders of all modules, from the repository's root. */
  static List<String> all() {
    try {
      var pom = Files.readString(AppProcess.HOME.resolve("pom.xml"));
      return MODULE.matcher(pom).results().map(module -> module.group(1)).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
