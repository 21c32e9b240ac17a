package io.lhttp.app.code;

import java.lang.ref.WeakReference;
import java.util.List;

/** Finds out whether the JVM has let go of class loaders. */
public final class ClassLoaders {
  private ClassLoaders() {}

  /** Asks the JVM for a collection. Returns whether it has collected all of these. */
  public static boolean collected(List<WeakReference<ClassLoader>> loaders) {
    System.gc();
    return loaders.stream().allMatch(loader -> loader.refersTo(null));
  }
}
