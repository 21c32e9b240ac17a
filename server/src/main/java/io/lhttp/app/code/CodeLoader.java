package io.lhttp.app.code;

import io.lhttp.app.code.source.LoadedSources;
import java.io.IOException;
import java.net.URL;
import java.util.Collections;
import java.util.Enumeration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Loads the classes of a {@link ClassGroup} and the resources beside the sources, which win over
 * resources of the same name in jars. Its parent loads the classes of the folder's jars.
 */
final class CodeLoader extends ClassLoader {
  /** The kind of these loaders in stack traces, before the number of the loader. */
  static final String NAME = "application";

  static {
    registerAsParallelCapable();
  }

  private final ClassGroup group;
  private final NativeLibraries libraries = new NativeLibraries(this);

  CodeLoader(ClassGroup group, JarLoader jars) {
    super(LoadedSources.uniqueName(NAME), jars);
    this.group = group;
  }

  @Override
  public @Nullable URL getResource(String name) {
    var own = findResource(name);
    return own == null ? super.getResource(name) : own;
  }

  @Override
  public Enumeration<URL> getResources(String name) throws IOException {
    return group.resources().before(name, super.getResources(name));
  }

  @Override
  protected @Nullable URL findResource(String name) {
    return group.resources().find(name);
  }

  @Override
  protected Enumeration<URL> findResources(String name) {
    return group.resources().before(name, Collections.emptyEnumeration());
  }

  @Override
  protected @Nullable String findLibrary(String name) {
    return libraries.find(name);
  }

  /** The names of the group's classes, sorted. */
  List<String> classNames() {
    return List.copyOf(group.classes().keySet());
  }

  /** The group's classes that the JVM has loaded so far. */
  List<Class<?>> loaded() {
    return classNames().stream()
        .<Class<?>>map(this::findLoadedClass)
        .filter(Objects::nonNull)
        .toList();
  }

  /** The class files of the group, by class name. */
  Map<String, byte[]> classFiles() {
    return group.classes();
  }

  String fingerprint() {
    return group.fingerprint();
  }

  @Override
  protected Class<?> findClass(String name) throws ClassNotFoundException {
    var bytes = group.classes().get(name);
    if (bytes == null) {
      throw new ClassNotFoundException(name);
    }
    return defineClass(name, bytes, 0, bytes.length);
  }
}
