package io.lhttp.scripts.modules;

import java.util.List;
import java.util.Optional;

/** The names of files that are scripts: JavaScript, or TypeScript with its own types alone. */
public final class ScriptNames {
  static final String TYPESCRIPT = ".ts";

  private static final List<String> ENDINGS = List.of(".js", TYPESCRIPT);

  /** A file of this ending declares types, and is no script. */
  private static final String DECLARATIONS = ".d.ts";

  private ScriptNames() {}

  /**
   * Returns a script's name without its ending: {@code say} of {@code say.js} and of {@code
   * say.ts}; empty if a file of this name is no script.
   *
   * @param file the file's name, without its folder
   */
  public static Optional<String> stem(String file) {
    return file.startsWith(".") || file.endsWith(DECLARATIONS)
        ? Optional.empty()
        : withoutEnding(file);
  }

  /** Returns the names that differ from this one in their ending alone. */
  static List<String> alike(String name) {
    var stem = withoutEnding(name).orElse(name);
    return ENDINGS.stream().map(stem::concat).filter(other -> !other.equals(name)).toList();
  }

  private static Optional<String> withoutEnding(String name) {
    return ENDINGS.stream()
        .filter(name::endsWith)
        .findFirst()
        .map(ending -> name.substring(0, name.length() - ending.length()));
  }
}
