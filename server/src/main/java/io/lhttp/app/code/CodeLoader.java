package io.lhttp.app.code;

/** Loads the classes of a {@link Component}. Classes of the folder's jars come from its parent. */
final class CodeLoader extends ClassLoader {
  static {
    registerAsParallelCapable();
  }

  private final Component component;

  CodeLoader(Component component, JarLoader jars) {
    super("application", jars);
    this.component = component;
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
