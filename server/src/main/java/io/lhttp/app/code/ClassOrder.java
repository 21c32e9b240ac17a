package io.lhttp.app.code;

import io.lhttp.app.config.Place;
import io.lhttp.app.config.Problem;
import io.lhttp.app.config.Problems;
import io.lhttp.app.config.SecretMask;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.jar.JarFile;
import org.jspecify.annotations.Nullable;

/**
 * Decides which class wins if several have the same name: a class of the server or the JDK before
 * one of a source, and that before one of a jar; among jars, the first in the order of their paths.
 * Each class that loses is reported as a problem or warning.
 */
final class ClassOrder {
  private static final ClassLoader SERVER = ClassOrder.class.getClassLoader();

  private final List<Problem> warnings = new ArrayList<>();

  private ClassOrder() {}

  /**
   * Adds a problem for each source whose class can never run, because the server has a class of the
   * same name, which wins.
   *
   * @param sources the paths of the sources, by class name
   */
  static void check(Map<String, String> sources, Problems problems) {
    sources.forEach((name, file) -> {
      if (SERVER.getResource(path(name)) != null) {
        problems.add(
            Place.of(file),
            "the server has a class %s of its own, which would run instead: give this one another"
                + " name or package",
            name);
      }
    });
  }

  /** Returns a warning for each pair of files of which one hides classes of the other. */
  static List<Problem> warnings(Jars jars, Map<String, String> sources) {
    var order = new ClassOrder();
    for (var jar : jars.copies()) {
      order.add(jar, jars, sources);
    }
    return List.copyOf(order.warnings);
  }

  private void add(Jars.Copy jar, Jars jars, Map<String, String> sources) {
    var byOther = new LinkedHashMap<String, List<String>>();
    for (var name : jar.classes()) {
      var other = winner(name, jar, jars, sources);
      if (other != null && !jar.replaced().contains(name)) {
        byOther.computeIfAbsent(other, _ -> new ArrayList<>()).add(name);
      }
    }
    if (!jar.replaced().isEmpty()) {
      warn(jar, "the server has other classes of the same names, which win: ", jar.replaced());
    }
    byOther.forEach((other, names) -> warn(jar, "classes are hidden by " + other + ": ", names));
  }

  /**
   * Returns the source or jar whose class of this name wins over the one in this jar; null if the
   * class in this jar wins.
   */
  private static @Nullable String winner(
      String name, Jars.Copy jar, Jars jars, Map<String, String> sources) {
    var source = sources.get(name);
    if (source != null) {
      return source;
    }
    var first = jars.owners().get(name);
    return first == null || first.equals(jar) ? null : first.name();
  }

  /**
   * Returns the names of classes in a jar that never run, because the server has other classes of
   * these names.
   */
  static Set<String> replacedByServer(Set<String> classes, JarFile jar) throws IOException {
    var replaced = new TreeSet<String>();
    for (var name : classes) {
      if (differsFromServer(name, jar)) {
        replaced.add(name);
      }
    }
    return replaced;
  }

  private static boolean differsFromServer(String name, JarFile jar) throws IOException {
    try (var server = SERVER.getResourceAsStream(path(name))) {
      return server != null && !Arrays.equals(server.readAllBytes(), bytes(name, jar));
    }
  }

  private static byte[] bytes(String name, JarFile jar) throws IOException {
    try (InputStream in = jar.getInputStream(jar.getJarEntry(path(name)))) {
      return in.readAllBytes();
    }
  }

  private void warn(Jars.Copy jar, String message, Collection<String> names) {
    warnings.add(new Problem(Place.of(jar.name()), message + SecretMask.some(names, ", ")));
  }

  private static String path(String className) {
    return className.replace('.', '/') + ".class";
  }
}
