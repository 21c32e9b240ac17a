package io.lhttp.app.code;

import io.lhttp.app.config.Place;
import io.lhttp.app.config.Problem;
import io.lhttp.app.config.Problems;
import io.lhttp.app.config.Shown;
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
 * The rule which class wins if several have one name: the class of the server or the JDK, then that
 * of a source, then that of the first jar in the order of the paths. No class loses in silence.
 */
final class ClassOrder {
  private static final ClassLoader SERVER = ClassOrder.class.getClassLoader();

  private final List<Problem> warnings = new ArrayList<>();

  private ClassOrder() {}

  /**
   * Refuses sources that can never run, because the server has a class of this name.
   *
   * @param sources the files of the classes, by name
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

  /** Returns a warning for each two files of which one hides classes of the other. */
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

  /** Returns the source or the jar whose class wins over this jar's; null if this one wins. */
  private static @Nullable String winner(
      String name, Jars.Copy jar, Jars jars, Map<String, String> sources) {
    var source = sources.get(name);
    if (source != null) {
      return source;
    }
    var first = jars.owners().get(name);
    return first == null || first.equals(jar) ? null : first.name();
  }

  /** Returns the classes of a jar of which the server has others with the same names. */
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
    warnings.add(new Problem(Place.of(jar.name()), message + Shown.some(names, ", ")));
  }

  private static String path(String className) {
    return className.replace('.', '/') + ".class";
  }
}
