package io.lhttp.app.code;

import java.net.URL;
import java.util.Arrays;
import java.util.Collections;
import java.util.Enumeration;
import java.util.List;
import java.util.Objects;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Loads the classes of a {@link Component} and the resources beside the sources, which win over
 * resources of the same name in jars. Its parent loads the classes of the folder's jars.
 */
final class CodeLoader extends ClassLoader {
  /** The name of these loaders in stack traces. */
  static final String NAME = "application";

  static {
    registerAsParallelCapable();
  }

  private final Component component;
  private final NativeLibraries libraries = new NativeLibraries(this);

  CodeLoader(Component component, JarLoader jars) {
    super(NAME, jars);
    this.component = component;
  }

  @Override
  public @Nullable URL getResource(String name) {
    var own = findResource(name);
    return own == null ? super.getResource(name) : own;
  }

  @Override
  protected @Nullable URL findResource(String name) {
    return component.resources().find(name);
  }

  @Override
  protected Enumeration<URL> findResources(String name) {
    var own = findResource(name);
    return own == null ? Collections.emptyEnumeration() : Collections.enumeration(List.of(own));
  }

  @Override
  protected @Nullable String findLibrary(String name) {
    return libraries.find(name);
  }

  /** The names of the component's classes, sorted. */
  List<String> classNames() {
    return List.copyOf(component.classes().keySet());
  }

  /** The component's classes that the JVM has loaded so far. */
  List<Class<?>> loaded() {
    return classNames().stream()
        .<Class<?>>map(this::findLoadedClass)
        .filter(Objects::nonNull)
        .toList();
  }

  /**
   * Returns the names of classes that this loader and the other one have with different content, or
   * that only one of the two has.
   */
  List<String> differences(CodeLoader other) {
    var names = new TreeSet<>(component.classes().keySet());
    names.addAll(other.component.classes().keySet());
    names.removeIf(name -> {
      var own = component.classes().get(name);
      var others = other.component.classes().get(name);
      return own != null
          && others != null
          && Arrays.equals(Component.withoutDebug(own), Component.withoutDebug(others));
    });
    return List.copyOf(names);
  }

  String fingerprint() {
    return component.fingerprint();
  }

  @Override
  protected Class<?> findClass(String name) throws ClassNotFoundException {
    var bytes = component.classes().get(name);
    if (bytes == null) {
      throw new ClassNotFoundException(name);
    }
    return defineClass(name, bytes, 0, bytes.length);
  }
}
