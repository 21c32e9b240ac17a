package io.lhttp.internal.chain;

import org.jspecify.annotations.Nullable;

/**
 * The class loader of a link, which is the context class loader of the thread while the link runs.
 * Hence libraries find the services, drivers and resources of the link's application, and threads
 * that the link starts do, too. Immutable; all threads may use it.
 */
public final class ContextLoader {
  private final ClassLoader own;

  private ContextLoader(ClassLoader own) {
    this.own = own;
  }

  /** Returns the class loader of this filter or processor. */
  public static ContextLoader of(Object link) {
    return of(link.getClass());
  }

  /** Returns the class loader of this class. */
  public static ContextLoader of(Class<?> type) {
    var loader = type.getClassLoader();
    return new ContextLoader(loader == null ? ClassLoader.getSystemClassLoader() : loader);
  }

  /**
   * Makes this loader the current thread's context class loader. Returns the previous one, for
   * {@link #leave}.
   */
  public @Nullable ClassLoader enter() {
    var thread = Thread.currentThread();
    var before = thread.getContextClassLoader();
    set(thread, before, own);
    return before;
  }

  /** Restores the loader that {@link #enter} returned, on the same thread. */
  public void leave(@Nullable ClassLoader before) {
    var thread = Thread.currentThread();
    set(thread, thread.getContextClassLoader(), before);
  }

  @SuppressWarnings("ReferenceEquality") // a loader is equal to itself alone
  private static void set(Thread thread, @Nullable ClassLoader from, @Nullable ClassLoader to) {
    if (from != to) {
      thread.setContextClassLoader(to);
    }
  }
}
