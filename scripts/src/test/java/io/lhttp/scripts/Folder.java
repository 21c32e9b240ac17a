package io.lhttp.scripts;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** An application's folder, into which a test writes files. */
public record Folder(Path path) {
  public Folder write(String name, String text) {
    try {
      var file = path.resolve(name);
      Files.createDirectories(file.getParent());
      Files.writeString(file, text);
      return this;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public Script read(ScriptHost host, String name) {
    return host.read(path, Path.of(name));
  }
}
