package io.lhttp.app.code.source;

import java.nio.file.Path;
import java.util.Optional;

/**
 * The source of a loaded class as the compiler read it. The file may have another text by now.
 *
 * @param path the file
 * @param text the content of the file when it was compiled
 */
public record LoadedSource(Path path, String text) {
  /**
   * @param number counts from 1
   */
  public Optional<String> line(int number) {
    return text.lines().skip(Math.max(0, number - 1L)).findFirst();
  }
}
