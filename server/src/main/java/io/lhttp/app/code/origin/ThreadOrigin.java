package io.lhttp.app.code.origin;

import java.lang.ref.WeakReference;
import java.util.Collections;
import java.util.Optional;
import java.util.Set;
import java.util.WeakHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The construction of one instance. Threads that start during it inherit this object, and so do the
 * threads that these start; they alone keep it in memory. All threads may use it.
 */
public final class ThreadOrigin {
  private static final InheritableThreadLocal<ThreadOrigin> CURRENT =
      new InheritableThreadLocal<>();

  /** The origins that threads have inherited, held weakly. */
  private static final Set<ThreadOrigin> known =
      Collections.synchronizedSet(Collections.newSetFromMap(new WeakHashMap<>()));

  private final @Nullable ThreadOrigin before;
  private volatile WeakReference<Object> instance = new WeakReference<>(null);

  private ThreadOrigin(@Nullable ThreadOrigin before) {
    this.before = before;
  }

  /** Begins a construction on the calling thread, which has to {@link #end} it. */
  public static ThreadOrigin begin() {
    var origin = new ThreadOrigin(CURRENT.get());
    CURRENT.set(origin);
    return origin;
  }

  /** Notes the instance that was constructed. */
  public void made(Object link) {
    instance = new WeakReference<>(link);
    known.add(this);
  }

  /** Ends the construction on the thread that began it. */
  public void end() {
    if (before == null) {
      CURRENT.remove();
    } else {
      CURRENT.set(before);
    }
  }

  /** Returns the construction of an instance; empty if no thread has inherited it. */
  public static Optional<ThreadOrigin> of(Object link) {
    synchronized (known) {
      return known.stream().filter(origin -> origin.instance.refersTo(link)).findFirst();
    }
  }
}
