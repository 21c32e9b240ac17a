package io.lhttp.app.code;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.jar.JarFile;

/**
 * Copies of jars, so that one that is replaced does not change code that runs. One copy per
 * content, deleted when the process ends. Safe for all threads.
 */
final class JarCopies {
  /** By the content's hash. Guarded by the class. */
  private static final Map<String, Path> COPIES = new HashMap<>();

  private JarCopies() {}

  static synchronized List<Path> of(List<CodeFile> jars) throws IOException {
    var copies = new ArrayList<Path>();
    for (var jar : jars) {
      var hash = Hash.of(List.of(jar));
      var copy = COPIES.get(hash);
      if (copy == null) {
        copy = Files.createTempFile("lhttp-", ".jar");
        copy.toFile().deleteOnExit();
        Files.write(copy, jar.content());
        COPIES.put(hash, copy);
      }
      copies.add(copy);
    }
    return copies;
  }

  /** The classes that stand in a jar. */
  static List<String> classNames(Path jar) {
    try (var file = new JarFile(jar.toFile())) {
      return file.stream()
          .map(entry -> entry.getName())
          .filter(name -> name.endsWith(".class") && !name.endsWith("-info.class"))
          .map(name -> name.substring(0, name.length() - ".class".length()).replace('/', '.'))
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
