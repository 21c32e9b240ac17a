package io.lhttp.app.reload;

import io.lhttp.internal.log.Mishaps;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.LoggerFactory;

/**
 * Reloads when somebody has written in an application's folder. It looks instead of being told:
 * that works on every file system, mounted ones included, and costs a few dozen system calls a
 * look. One thread of its own, until it is closed.
 */
public final class FolderWatch implements AutoCloseable {
  private static final Duration LOOK = Duration.ofMillis(50);
  private static final Mishaps mishaps =
      new Mishaps(LoggerFactory.getLogger(FolderWatch.class), "the watch over the folder");

  private final Path folder;
  private final Supplier<ReloadResult> reload;
  private final Consumer<ReloadResult> told;
  private final EditSettle editing;
  private final Thread thread;
  private volatile boolean closed;

  /** The thread's alone. */
  private FolderState seen;

  private FolderWatch(
      Path folder,
      FolderState running,
      Supplier<ReloadResult> reload,
      Consumer<ReloadResult> told) {
    this.folder = folder;
    this.reload = reload;
    this.told = told;
    this.seen = running;
    this.editing = new EditSettle(running, System.nanoTime());
    this.thread = Thread.ofPlatform().daemon().name("lhttp-folder-watch").unstarted(this::run);
  }

  /**
   * @param running read before the folder was: so nothing that was written since is missed
   * @param told of every result, on the watch's thread
   */
  public static FolderWatch start(
      Path folder,
      FolderState running,
      Supplier<ReloadResult> reload,
      Consumer<ReloadResult> told) {
    var watch = new FolderWatch(folder, running, reload, told);
    watch.thread.start();
    return watch;
  }

  @Override
  public void close() {
    closed = true;
    LockSupport.unpark(thread);
  }

  private FolderState state() {
    seen = FolderState.of(folder, seen);
    return seen;
  }

  private void load() {
    var result = reload.get();
    editing.loaded(result).ifPresent(told);
    if (result instanceof ReloadResult.Busy) {
      LockSupport.parkNanos(LOOK.toNanos());
    }
  }

  private void run() {
    while (!closed) {
      try {
        look();
      } catch (Throwable thrown) { // the next save is to be seen all the same
        mishaps.add(thrown);
        LockSupport.parkNanos(LOOK.toNanos());
      }
    }
  }

  private void look() {
    switch (editing.look(state(), System.nanoTime())) {
      case LOAD -> load();
      case TELL -> told.accept(editing.tell());
      case NOTHING -> LockSupport.parkNanos(LOOK.toNanos());
    }
  }
}
