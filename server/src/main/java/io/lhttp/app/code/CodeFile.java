package io.lhttp.app.code;

import java.nio.file.Path;

/**
 * A file of the code folders, with the content of one reading.
 *
 * @param name the path as users write it, for error messages
 * @param entry the path below {@code filters/} or {@code processors/}, with slashes
 */
@SuppressWarnings("ArrayRecordComponent") // code never compares instances
record CodeFile(Path path, String name, String entry, byte[] content) {
  boolean source() {
    return name.endsWith(".java");
  }

  boolean jar() {
    return name.endsWith(".jar");
  }

  /**
   * Whether the file is neither source nor jar, so that classes may read it by {@code getResource}.
   */
  boolean resource() {
    return !source() && !jar();
  }
}
