package io.lhttp.app.code.leak;

import io.lhttp.app.code.UserCode;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Watches over the class loaders of code that was replaced, one for each server. After all links of
 * a replaced loader are closed, the watch undoes what it can: it deregisters JDBC drivers and
 * MBeans, and interrupts threads. The watch logs once what still holds the loader then. All threads
 * may use it; it holds loaders weakly.
 */
public final class ClassLoaderWatch {
  private static final Logger log = LoggerFactory.getLogger(ClassLoaderWatch.class);

  /** The time that interrupted threads have to end. */
  static final Duration PATIENCE = Duration.ofSeconds(5);

  /** Guarded by this. */
  private final List<Watched> watched = new ArrayList<>();

  /** A loader that was or is in use; its state belongs to the thread that looks. */
  private static final class Watched {
    final WeakReference<ClassLoader> loader;
    final String classes;

    /** When the leftovers were undone; null before. */
    @Nullable Long undone;

    boolean reported;

    Watched(ClassLoader loader, String classes) {
      this.loader = new WeakReference<>(loader);
      this.classes = classes;
    }
  }

  /** Adds the loaders of code that runs from now on. */
  public synchronized void add(UserCode code) {
    for (var loader : code.classLoaders()) {
      if (watched.stream().noneMatch(one -> one.loader.refersTo(loader))) {
        watched.add(new Watched(loader, UserCode.classNames(loader)));
      }
    }
  }

  /**
   * Undoes and reports what replaced loaders left behind. One thread calls it, a few times a
   * second.
   *
   * @param inUse returns all code that runs, or may run again
   * @param closed whether all links of replaced code are closed
   * @param nanoTime the time
   */
  public void look(
      Supplier<? extends Collection<UserCode>> inUse, BooleanSupplier closed, long nanoTime) {
    // a loader that is added from here on is not in this list
    var candidates = known();
    var used =
        inUse.get().stream()
            .flatMap(code -> code.classLoaders().stream())
            .collect(Collectors.toSet());
    for (var one : candidates) {
      var loader = one.loader.get();
      if (loader != null && used.contains(loader)) {
        one.undone = null; // in use, or again in use after a rollback
        one.reported = false;
      } else if (loader != null) {
        look(one, loader, closed, nanoTime);
      }
    }
  }

  private static void look(Watched one, ClassLoader loader, BooleanSupplier closed, long nanoTime) {
    if (one.undone == null) {
      if (closed.getAsBoolean()) {
        one.undone = nanoTime;
        undo(one, loader);
      }
    } else if (!one.reported && nanoTime - one.undone >= PATIENCE.toNanos()) {
      one.reported = true;
      report(one, loader);
    }
  }

  /** The loaders in memory. */
  private synchronized List<Watched> known() {
    watched.removeIf(one -> one.loader.refersTo(null));
    return List.copyOf(watched);
  }

  private static void undo(Watched one, ClassLoader loader) {
    var undone = Leftovers.deregister(loader);
    if (!undone.isEmpty()) {
      log.warn(
          "replaced classes left registrations behind, which are deregistered now classes={}: {}",
          one.classes,
          String.join("; ", undone));
    }
    Leftovers.interruptThreads(loader);
  }

  private static void report(Watched one, ClassLoader loader) {
    var running = Leftovers.running(loader);
    if (!running.isEmpty()) {
      log.warn(
          "replaced classes stay in memory, because their threads run on after close() and an"
              + " interrupt classes={}: {}",
          one.classes,
          String.join("; ", running));
    }
  }

  /** The number of loaders in memory: those in use, and replaced ones that are not collected. */
  public int count() {
    return known().size();
  }
}
