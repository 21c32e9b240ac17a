package io.lhttp.bench.cluster;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;

/** A temporary folder, deleted on close. */
public final class Scratch implements AutoCloseable {
  private final Path path;

  public Scratch() throws IOException {
    path = Files.createTempDirectory("lhttp-cluster");
  }

  public Path path() {
    return path;
  }

  @Override
  public void close() throws IOException {
    try (var files = Files.walk(path)) {
      for (var file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    }
  }
}
