package io.lhttp.app.code;

import io.lhttp.app.config.Place;
import io.lhttp.app.config.Problem;
import io.lhttp.app.config.Problems;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.jar.JarFile;
import java.util.zip.ZipFile;
import org.jspecify.annotations.Nullable;

/**
 * The rule which class wins if several have one name: the class of the server or the JDK, then that
 * of a source, then that of the first jar in the order of the paths. No class loses in silence.
 */
final class ClassOrder {
  private static final int NAMED = 3;
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
  static List<Problem> warnings(Jars jars, Map<String, String> sources) throws IOException {
    var order = new ClassOrder();
    for (var jar : jars.copies()) {
      order.add(jar, jars, sources);
    }
    return List.copyOf(order.warnings);
  }

  private void add(Jars.Copy jar, Jars jars, Map<String, String> sources) throws IOException {
    var byOther = new LinkedHashMap<String, List<String>>();
    var byServer = new ArrayList<String>();
    try (var file =
        new JarFile(jar.path().toFile(), false, ZipFile.OPEN_READ, JarFile.runtimeVersion())) {
      for (var name : jar.classes()) {
        var other = winner(name, jar, jars, sources);
        if (differsFromServer(name, file)) {
          byServer.add(name);
        } else if (other != null) {
          byOther.computeIfAbsent(other, _ -> new ArrayList<>()).add(name);
        }
      }
    }
    if (!byServer.isEmpty()) {
      warn(jar, "the server has other classes of the same names, which win: %s", byServer);
    }
    byOther.forEach(
        (other, names) -> warn(jar, "classes are hidden by " + quoted(other) + ": %s", names));
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

  private void warn(Jars.Copy jar, String message, List<String> names) {
    var shown = String.join(", ", names.subList(0, Math.min(NAMED, names.size())));
    var more = names.size() - NAMED;
    warnings.add(
        new Problem(
            Place.of(jar.name()),
            message.formatted(more > 0 ? shown + " and " + more + " more" : shown)));
  }

  private static String quoted(String name) {
    return name.replace("%", "%%");
  }

  private static String path(String className) {
    return className.replace('.', '/') + ".class";
  }
}
