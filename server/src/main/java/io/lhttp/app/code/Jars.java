package io.lhttp.app.code;

import java.io.IOException;
import java.lang.ref.Cleaner;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.jar.JarFile;
import java.util.zip.ZipFile;

/**
 * Private copies of the folder's jars, so that a replaced jar does not change running code. The
 * copies are deleted when the last loader that reads them is gone.
 */
final class Jars {
  private static final Cleaner CLEANER = Cleaner.create();

  private static final String PROCESSORS =
      "META-INF/services/javax.annotation.processing.Processor";

  private final List<Copy> copies;
  private final String fingerprint;

  /** The first jar with each class, by the name of the class. */
  private final Map<String, Copy> owners = new LinkedHashMap<>();

  /**
   * A copy of one jar.
   *
   * @param name the path of the original, as users write it
   * @param classes the names of its classes, for the running JDK
   * @param replaced the classes of which the server has others with the same names, which win
   * @param processes whether it has annotation processors
   */
  record Copy(
      String name, Path path, Set<String> classes, Set<String> replaced, boolean processes) {}

  private Jars(List<Copy> copies, String fingerprint) {
    this.copies = List.copyOf(copies);
    this.fingerprint = fingerprint;
    for (var copy : copies) {
      copy.classes().forEach(name -> owners.putIfAbsent(name, copy));
    }
  }

  static Jars none() {
    return new Jars(List.of(), "");
  }

  /**
   * @param files whole jars, in the order in which their classes win
   */
  static Jars of(List<CodeFile> files) throws IOException {
    var copies = new ArrayList<Copy>();
    for (var file : files) {
      var path = TemporaryFolder.file(".jar");
      Files.write(path, file.content());
      copies.add(copy(file.name(), path));
    }
    var jars = new Jars(copies, Hash.of(files));
    var paths = jars.paths();
    CLEANER.register(jars, () -> paths.forEach(path -> path.toFile().delete()));
    return jars;
  }

  List<Copy> copies() {
    return copies;
  }

  List<Path> paths() {
    return copies.stream().map(Copy::path).toList();
  }

  /** The fingerprint of all jars. */
  String fingerprint() {
    return fingerprint;
  }

  /** The names of all classes, each with the jar that wins. */
  Map<String, Copy> owners() {
    return owners;
  }

  /** The jars with annotation processors. */
  List<Copy> processors() {
    return copies.stream().filter(Copy::processes).toList();
  }

  private static Copy copy(String name, Path path) throws IOException {
    try (var jar = new JarFile(path.toFile(), false, ZipFile.OPEN_READ, JarFile.runtimeVersion())) {
      var classes = classes(jar);
      var processes = jar.getEntry(PROCESSORS) != null;
      return new Copy(name, path, classes, ClassOrder.replacedByServer(classes, jar), processes);
    }
  }

  private static Set<String> classes(JarFile jar) {
    var names = new TreeSet<String>();
    jar.versionedStream()
        .map(entry -> Objects.requireNonNull(entry).getName())
        .filter(name -> name.endsWith(".class") && !name.endsWith("-info.class"))
        .map(name -> name.substring(0, name.length() - ".class".length()).replace('/', '.'))
        .forEach(names::add);
    return names;
  }
}
