package io.lhttp.app.code.source;

import java.util.Map;
import java.util.Optional;
import java.util.WeakHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Finds the source of a stack frame, also of a version that a reload has replaced. A frame knows no
 * more of its class loader than the name; hence each class loader of users' code has a name of its
 * own. One for the process; all threads may use it.
 */
public final class LoadedSources {
  private static final char NUMBER = '#';

  private static final AtomicLong loaders = new AtomicLong();

  /** The sources by class name, for each class loader that is still in use. */
  private static final Map<ClassLoader, Map<String, LoadedSource>> sources = new WeakHashMap<>();

  private LoadedSources() {}

  /** Returns a name for a new class loader, such as {@code application#3}. */
  public static String uniqueName(String kind) {
    return kind + NUMBER + loaders.incrementAndGet();
  }

  /** Whether the class of the frame has a class loader with a unique name of this kind. */
  public static boolean hasLoader(StackTraceElement frame, String kind) {
    var name = frame.getClassLoaderName();
    return name != null && name.startsWith(kind) && name.lastIndexOf(NUMBER) == kind.length();
  }

  /**
   * Keeps the sources of a class loader until it is garbage-collected.
   *
   * @param byClass the sources by class name, nested classes included
   */
  public static void keep(ClassLoader loader, Map<String, LoadedSource> byClass) {
    synchronized (sources) {
      sources.put(loader, Map.copyOf(byClass));
    }
  }

  /**
   * Returns the source of the version that ran; empty for a class of a jar, and if the class loader
   * is gone.
   */
  public static Optional<LoadedSource> of(StackTraceElement frame) {
    var name = frame.getClassLoaderName();
    if (name == null) {
      return Optional.empty();
    }
    synchronized (sources) {
      return sources.entrySet().stream()
          .filter(entry -> name.equals(entry.getKey().getName()))
          .flatMap(
              entry -> Optional.ofNullable(entry.getValue().get(frame.getClassName())).stream())
          .findFirst();
    }
  }
}
