package io.lhttp.app.code;

import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Loads the classes of all jars of the folder, because jars may need each other in ways that no
 * check finds. A source that has the name of a class in a jar is loaded here, too, with the classes
 * that it names, so that the jars and the other sources see the same class.
 */
final class JarLoader extends URLClassLoader {
  static {
    registerAsParallelCapable();
  }

  private final Jars jars;
  private final Map<String, byte[]> overriding;
  private final String fingerprint;

  private JarLoader(Jars jars, Map<String, byte[]> overriding, String fingerprint) {
    super("application jars", urls(jars.paths()), JarLoader.class.getClassLoader());
    this.jars = jars;
    this.overriding = Map.copyOf(overriding);
    this.fingerprint = fingerprint;
  }

  static JarLoader none() {
    return of(Jars.none(), Map.of());
  }

  /**
   * @param overriding compiled sources that win over classes of the jars
   */
  static JarLoader of(Jars jars, Map<String, byte[]> overriding) {
    var sorted = new TreeMap<>(overriding);
    return new JarLoader(jars, sorted, fingerprint(jars, sorted));
  }

  static String fingerprint(Jars jars, SortedMap<String, byte[]> overriding) {
    return Hash.of(jars.fingerprint(), overriding);
  }

  Jars jars() {
    return jars;
  }

  /** The compiled sources that this loader has. */
  Map<String, byte[]> overriding() {
    return overriding;
  }

  /** The fingerprint of all jars and the sources that win over them. */
  String fingerprint() {
    return fingerprint;
  }

  @Override
  protected Class<?> findClass(String name) throws ClassNotFoundException {
    var bytes = overriding.get(name);
    return bytes == null ? super.findClass(name) : defineClass(name, bytes, 0, bytes.length);
  }

  private static URL[] urls(List<Path> jars) {
    return jars.stream().map(JarLoader::url).toArray(URL[]::new);
  }

  private static URL url(Path jar) {
    try {
      return jar.toUri().toURL();
    } catch (MalformedURLException e) {
      throw new IllegalArgumentException("every file has a URL: " + jar, e);
    }
  }
}
