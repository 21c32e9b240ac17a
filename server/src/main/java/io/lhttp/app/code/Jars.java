package io.lhttp.app.code;

import java.io.IOException;
import java.lang.ref.Cleaner;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.jar.JarFile;
import java.util.stream.Collectors;
import java.util.zip.ZipFile;
import org.jspecify.annotations.Nullable;

/**
 * Private copies of the folder's jars, so that running code keeps its classes when a user replaces
 * a jar. The copies are deleted after the last class loader that reads them was garbage-collected.
 */
final class Jars {
  private static final Cleaner CLEANER = Cleaner.create();

  private static final String PROCESSORS =
      "META-INF/services/javax.annotation.processing.Processor";

  private final List<Copy> copies;
  private final String fingerprint;

  /** The jar whose class wins among all jars, by class name. */
  private final Map<String, Copy> owners = new LinkedHashMap<>();

  // The class loader of the annotation processors, and the fingerprint of the resources that it
  // reads. Both are guarded by the lock of this object, and null until the first compilation with
  // annotation processors.
  private @Nullable ClassLoader processorLoader;
  private @Nullable String processorResources;

  /**
   * A copy of one jar.
   *
   * @param name the path of the original, as users write it
   * @param classes the names of the classes that the running JDK sees in the jar
   * @param others the paths of the other files in the jar
   * @param replaced the names of the classes that never run, because the server has classes of
   *     these names
   * @param processes whether the jar has annotation processors
   */
  record Copy(
      String name,
      Path path,
      Set<String> classes,
      Set<String> others,
      Set<String> replaced,
      boolean processes) {}

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
   * @param files complete jars; if two have a class of the same name, the first wins
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

  /** A hash of all jars. */
  String fingerprint() {
    return fingerprint;
  }

  /** All class names, each with the jar whose class wins among the jars. */
  Map<String, Copy> owners() {
    return owners;
  }

  /** Whether a jar has a file of this path that is no class. */
  boolean hasFile(String path) {
    return copies.stream().anyMatch(copy -> copy.others().contains(path));
  }

  /** The jars with annotation processors. */
  List<Copy> processors() {
    return copies.stream().filter(Copy::processes).toList();
  }

  /** The names of the jars with annotation processors, for error messages. */
  String processorNames() {
    return names(processors());
  }

  /**
   * Returns the names of the jars whose annotation processor threw, or of all jars with annotation
   * processors if the stack trace does not show it.
   */
  String processorsOf(Throwable thrown) {
    var classes =
        Arrays.stream(thrown.getStackTrace())
            .map(StackTraceElement::getClassName)
            .collect(Collectors.toSet());
    var jars =
        processors().stream()
            .filter(copy -> copy.classes().stream().anyMatch(classes::contains))
            .toList();
    return jars.isEmpty() ? processorNames() : names(jars);
  }

  private static String names(List<Copy> copies) {
    return copies.stream().map(Copy::name).collect(Collectors.joining(", "));
  }

  /**
   * The class loader of the annotation processors, the same for all compilations beside the same
   * resources: to load Lombok takes longer than its work, and it keeps its {@code lombok.config}.
   *
   * @param resources the fingerprint of the files beside the sources
   */
  synchronized ClassLoader processorLoader(String resources) {
    if (processorLoader == null || !resources.equals(processorResources)) {
      // the compiler closes a URLClassLoader after its first use, and no other loader
      processorLoader = new ClassLoader(new URLClassLoader(urls(), Jars.class.getClassLoader())) {};
      processorResources = resources;
    }
    return processorLoader;
  }

  /** The URLs of the copies, in the order in which classes win. */
  URL[] urls() {
    return paths().stream().map(Jars::url).toArray(URL[]::new);
  }

  private static URL url(Path jar) {
    try {
      return jar.toUri().toURL();
    } catch (MalformedURLException e) {
      throw new IllegalArgumentException("every file has a URL: " + jar, e);
    }
  }

  private static Copy copy(String name, Path path) throws IOException {
    try (var jar = new JarFile(path.toFile(), false, ZipFile.OPEN_READ, JarFile.runtimeVersion())) {
      var names =
          jar.versionedStream().map(entry -> Objects.requireNonNull(entry).getName()).toList();
      var classes = classes(names);
      var processes = jar.getEntry(PROCESSORS) != null;
      return new Copy(
          name, path, classes, others(names), ClassOrder.replacedByServer(classes, jar), processes);
    }
  }

  private static Set<String> others(List<String> names) {
    return names.stream()
        .filter(name -> !name.endsWith(".class") && !name.endsWith("/"))
        .collect(Collectors.toUnmodifiableSet());
  }

  private static Set<String> classes(List<String> names) {
    return names.stream()
        .filter(name -> name.endsWith(".class") && !name.endsWith("-info.class"))
        .map(name -> name.substring(0, name.length() - ".class".length()).replace('/', '.'))
        .collect(Collectors.toCollection(TreeSet::new));
  }
}
