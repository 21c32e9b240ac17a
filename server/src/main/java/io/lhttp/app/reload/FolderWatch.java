package io.lhttp.app.reload;

import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Reloads when somebody has written in an application's folder. It looks instead of being told:
 * that works on every file system, mounted ones included, and costs a few dozen system calls a
 * look. One thread of its own, until it is closed.
 */
public final class FolderWatch implements AutoCloseable {
  private static final Duration LOOK = Duration.ofMillis(50);

  private final Path folder;
  private final Supplier<ReloadResult> reload;
  private final Consumer<ReloadResult> told;
  private final Editing editing;
  private final Thread thread;
  private volatile boolean closed;

  private FolderWatch(
      Path folder,
      FolderState running,
      Supplier<ReloadResult> reload,
      Consumer<ReloadResult> told) {
    this.folder = folder;
    this.reload = reload;
    this.told = told;
    this.editing = new Editing(running, System.nanoTime());
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

  private void run() {
    while (!closed) {
      switch (editing.look(FolderState.of(folder), System.nanoTime())) {
        case LOAD -> editing.loaded(reload.get()).ifPresent(told);
        case TELL -> told.accept(editing.tell());
        case NOTHING -> LockSupport.parkNanos(LOOK.toNanos());
      }
    }
  }
}
