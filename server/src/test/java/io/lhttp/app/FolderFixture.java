package io.lhttp.app;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

/** An application's folder that a test writes. */
public abstract class FolderFixture {
  @TempDir protected Path folder;

  /** Writes a file of the folder, and creates the folders above it. */
  protected Path write(String name, String content) throws IOException {
    var file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    return Files.writeString(file, content);
  }
}
