package io.lhttp.app.code;

import io.lhttp.app.code.source.LoadedSources;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.util.Enumeration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Loads the classes of all jars of a folder, because jars may need each other in ways that no check
 * finds. If a source has a class of the same name as a jar, this loader also loads the class of the
 * source and all classes that it names: so the jars and the other sources see the same class.
 */
final class JarLoader extends URLClassLoader {
  /** The kind of these loaders in stack traces, before the number of the loader. */
  static final String NAME = "application jars";

  static {
    registerAsParallelCapable();
  }

  private final Jars jars;
  private final Map<String, byte[]> overriding;
  private final String fingerprint;

  private final ResourceFiles resources;

  private final NativeLibraries libraries = new NativeLibraries(this);

  // Whether the method prepare() ran. Guarded by the lock of this object.
  private boolean prepared;

  /**
   * @param overriding compiled sources that win over classes of the jars
   * @param seen the result of {@link #seen}
   * @param fingerprint the result of {@link #fingerprint}
   */
  JarLoader(Jars jars, Map<String, byte[]> overriding, ResourceFiles seen, String fingerprint) {
    super(LoadedSources.uniqueName(NAME), jars.urls(), JarLoader.class.getClassLoader());
    this.jars = jars;
    this.overriding = Map.copyOf(overriding);
    this.resources = seen;
    this.fingerprint = fingerprint;
  }

  static JarLoader none() {
    var nothing = new TreeMap<String, byte[]>();
    return new JarLoader(
        Jars.none(),
        nothing,
        ResourceFiles.NONE,
        fingerprint(Jars.none(), nothing, ResourceFiles.NONE));
  }

  /**
   * Returns a hash of all that decides what a loader loads.
   *
   * @param seen the result of {@link #seen}
   */
  static String fingerprint(Jars jars, SortedMap<String, byte[]> overriding, ResourceFiles seen) {
    return Hash.of(jars.fingerprint() + seen.fingerprint(), ClassGroup.withoutDebug(overriding));
  }

  /**
   * Returns those of the files beside the sources that classes see through a loader. The classes of
   * {@code overriding} see all of them; without such classes, those of the jars see the ones that
   * replace a file of a jar.
   */
  static ResourceFiles seen(
      Jars jars, SortedMap<String, byte[]> overriding, ResourceFiles resources) {
    return overriding.isEmpty() ? resources.replacing(jars::hasFile) : resources;
  }

  /**
   * Registers the JDBC drivers of the jars that a user's class may use. Must be called before an
   * instance of the class is created.
   */
  static void prepare(Class<?> type) {
    if (type.getClassLoader() instanceof JarLoader jars) {
      jars.prepare();
    } else if (type.getClassLoader() instanceof CodeLoader code
        && code.getParent() instanceof JarLoader jars) {
      jars.prepare();
    }
  }

  /** Registers the JDBC drivers of the jars at the first call; does nothing at further calls. */
  private synchronized void prepare() {
    if (!prepared) {
      prepared = true;
      if (findResource(Drivers.SERVICE) != null) {
        Drivers.register(this);
      }
    }
  }

  Jars jars() {
    return jars;
  }

  /** The compiled sources whose classes this loader loads, by class name. */
  Map<String, byte[]> overriding() {
    return overriding;
  }

  /** The names of all classes of this loader, from jars and from sources that win over them. */
  Set<String> classNames() {
    var names = new TreeSet<>(overriding.keySet());
    names.addAll(jars.owners().keySet());
    return names;
  }

  /** The classes of this loader that the JVM has loaded so far. */
  List<Class<?>> loaded() {
    return classNames().stream()
        .<Class<?>>map(this::findLoadedClass)
        .filter(Objects::nonNull)
        .toList();
  }

  /** A hash of all jars, and of the sources that win over their classes. */
  String fingerprint() {
    return fingerprint;
  }

  @Override
  protected Class<?> findClass(String name) throws ClassNotFoundException {
    var bytes = overriding.get(name);
    return bytes == null ? super.findClass(name) : defineClass(name, bytes, 0, bytes.length);
  }

  @Override
  public @Nullable URL getResource(String name) {
    var own = resources.find(name);
    return own == null ? super.getResource(name) : own;
  }

  @Override
  public Enumeration<URL> getResources(String name) throws IOException {
    return resources.before(name, super.getResources(name));
  }

  @Override
  public Enumeration<URL> findResources(String name) throws IOException {
    return resources.before(name, super.findResources(name));
  }

  @Override
  public @Nullable URL findResource(String name) {
    var own = resources.find(name);
    return own == null ? super.findResource(name) : own;
  }

  @Override
  protected @Nullable String findLibrary(String name) {
    return libraries.find(name);
  }
}
