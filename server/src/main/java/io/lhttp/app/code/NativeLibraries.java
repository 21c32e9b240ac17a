package io.lhttp.app.code;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ref.Cleaner;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Copies native libraries from the class path of one class loader to files, so that {@link
 * System#loadLibrary} finds them. Each class loader has its own copies, because the JVM lets only
 * one class loader load a file. The copies are deleted after the class loader was
 * garbage-collected.
 */
final class NativeLibraries {
  private static final Cleaner CLEANER = Cleaner.create();

  private final ClassLoader loader;
  private final Map<String, Path> copies = new ConcurrentHashMap<>();

  NativeLibraries(ClassLoader loader) {
    this.loader = loader;
    var made = copies;
    CLEANER.register(loader, () -> made.values().forEach(copy -> copy.toFile().delete()));
  }

  /** Returns the path of the copy; null if the class path does not have the library. */
  @Nullable String find(String name) {
    var path = copies.computeIfAbsent(name, this::copy);
    return path == null ? null : path.toString();
  }

  private @Nullable Path copy(String name) {
    var file = System.mapLibraryName(name);
    try (var in = loader.getResourceAsStream(file)) {
      if (in == null) {
        return null;
      }
      var copy = TemporaryFolder.file("-" + file);
      Files.copy(in, copy, StandardCopyOption.REPLACE_EXISTING);
      return copy;
    } catch (IOException e) {
      throw new UncheckedIOException("the native library " + file + " can't be copied", e);
    }
  }
}
