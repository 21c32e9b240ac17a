package io.lhttp.app.code;

import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/** The folders of an application that hold code, and the files in them that count. */
public final class CodeFolders {
  static final List<String> NAMES = List.of("filters", "processors");

  /** Endings of scripts, and of files that compilers and editors leave. */
  private static final Set<String> OTHERS =
      Set.of("js", "mjs", "cjs", "ts", "class", "tmp", "bak", "swp", "orig");

  private static final long MAX_RESOURCE = 16L << 20;

  private CodeFolders() {}

  /** Whether the file may be a source, a jar or a resource of this application. */
  public static boolean mayHold(Path application, Path file, long size) {
    var path = application.relativize(file);
    return path.getNameCount() > 1
        && NAMES.contains(path.getName(0).toString())
        && isCode(file, size);
  }

  /** Whether the file is a source, a jar, or a resource, which has 16 MiB at most. */
  static boolean isCode(Path file, long size) {
    var name = Objects.requireNonNull(file.getFileName()).toString();
    return name.endsWith(".java")
        || name.endsWith(".jar")
        || (size <= MAX_RESOURCE
            && !name.endsWith("~")
            && !OTHERS.contains(name.substring(name.lastIndexOf('.') + 1)));
  }
}
