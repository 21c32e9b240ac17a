package io.lhttp.app.code;

import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/** The folders of an application that hold code, and which files in them the server reads. */
public final class CodeFolders {
  public static final List<String> NAMES = List.of("filters", "processors");

  /**
   * Endings of files that are no resources: scripts, and what compilers and editors leave behind.
   */
  private static final Set<String> OTHERS =
      Set.of("js", "mjs", "cjs", "ts", "class", "tmp", "bak", "swp", "orig");

  /** The largest size of a resource in bytes. */
  static final int MAX_RESOURCE = 16 << 20;

  private CodeFolders() {}

  /** Whether the file may be a source, a jar or a resource of this application. */
  public static boolean mayHold(Path application, Path file) {
    var path = application.relativize(file);
    return path.getNameCount() > 1 && NAMES.contains(path.getName(0).toString()) && isCode(file);
  }

  /**
   * Whether the file would be a resource, but is too large: the server does not read such a file.
   */
  public static boolean isTooLarge(Path file, long size) {
    return isResource(file) && size > MAX_RESOURCE;
  }

  /** Whether the file is a source, a jar or a resource. */
  static boolean isCode(Path file) {
    var name = name(file);
    return !isResource(file)
        || (!name.endsWith("~") && !OTHERS.contains(name.substring(name.lastIndexOf('.') + 1)));
  }

  /** Whether the server reads no file below this directory. */
  public static boolean isAside(Path directory) {
    return isHidden(directory) || directory.endsWith("node_modules");
  }

  static boolean isHidden(Path path) {
    return name(path).startsWith(".");
  }

  /** Whether a file that {@link #isCode} accepts is a resource. */
  static boolean isResource(Path file) {
    var name = name(file);
    return !name.endsWith(".java") && !name.endsWith(".jar");
  }

  private static String name(Path file) {
    return Objects.requireNonNull(file.getFileName()).toString();
  }
}
