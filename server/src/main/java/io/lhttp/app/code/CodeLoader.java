package io.lhttp.app.code;

import java.net.URL;
import java.util.Collections;
import java.util.Enumeration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Loads the classes of a {@link Component}, and the resources beside the sources, which win over
 * those of jars. Classes of the folder's jars come from its parent.
 */
final class CodeLoader extends ClassLoader {
  static {
    registerAsParallelCapable();
  }

  private final Component component;
  private final NativeLibraries libraries = new NativeLibraries(this);

  CodeLoader(Component component, JarLoader jars) {
    super("application", jars);
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
