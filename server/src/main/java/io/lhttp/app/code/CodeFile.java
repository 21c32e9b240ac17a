package io.lhttp.app.code;

import java.nio.file.Path;

/**
 * A file as it was read, once.
 *
 * @param name as the user would write it, for error messages
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record CodeFile(Path path, String name, byte[] content) {
  boolean source() {
    return name.endsWith(".java");
  }

  boolean jar() {
    return name.endsWith(".jar");
  }
}
