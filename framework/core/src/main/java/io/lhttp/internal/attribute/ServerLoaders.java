package io.lhttp.internal.attribute;

/** The class loaders that live as long as the server: its own, and their parents. */
public final class ServerLoaders {
  private ServerLoaders() {}

  public static boolean contain(ClassLoader loader) {
    for (var at = ServerLoaders.class.getClassLoader(); at != null; at = at.getParent()) {
      if (at.equals(loader)) {
        return true;
      }
    }
    return ClassLoader.getPlatformClassLoader().equals(loader);
  }
}
