package io.lhttp.app.code;

import java.nio.file.Path;

/**
 * A file as it was read, once.
 *
 * @param name the path as users write it, for error messages
 */
@SuppressWarnings("ArrayRecordComponent") // code never compares instances
record CodeFile(Path path, String name, byte[] content) {
  boolean source() {
    return name.endsWith(".java");
  }

  boolean jar() {
    return name.endsWith(".jar");
  }
}
