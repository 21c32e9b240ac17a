package io.lhttp.app.reload;

import io.lhttp.internal.log.ErrorLog;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.LoggerFactory;

/**
 * Reloads when a user has written in an application's folder. It polls the folder, which works on
 * every file system, including mounted ones, and costs a few dozen system calls each time. It uses
 * one thread of its own, until it is closed.
 */
public final class FolderWatch implements AutoCloseable {
  private static final Duration LOOK = Duration.ofMillis(50);
  private static final ErrorLog errors =
      new ErrorLog(LoggerFactory.getLogger(FolderWatch.class), "the watch over the folder");

  private final Path folder;
  private final Supplier<Set<Path>> others;
  private final Supplier<ReloadResult> reload;
  private final Consumer<ReloadResult> reporter;
  private final EditSettle editing;
  private final Thread thread;
  private volatile boolean closed;

  /** The state at the last look. Only the watching thread uses it. */
  private FolderState seen;

  private FolderWatch(
      Path folder,
      Supplier<Set<Path>> others,
      FolderState running,
      Supplier<ReloadResult> reload,
      Consumer<ReloadResult> reporter) {
    this.folder = folder;
    this.others = others;
    this.reload = reload;
    this.reporter = reporter;
    this.seen = running;
    this.editing = new EditSettle(running, System.nanoTime());
    this.thread = Thread.ofPlatform().daemon().name("lhttp-folder-watch").unstarted(this::run);
  }

  /**
   * @param others returns files outside the folder that are watched, too
   * @param running a state from before the folder was loaded, so that a later edit is noticed
   * @param reporter receives each result, on the watching thread
   */
  public static FolderWatch start(
      Path folder,
      Supplier<Set<Path>> others,
      FolderState running,
      Supplier<ReloadResult> reload,
      Consumer<ReloadResult> reporter) {
    var watch = new FolderWatch(folder, others, running, reload, reporter);
    watch.thread.start();
    return watch;
  }

  @Override
  public void close() {
    closed = true;
    LockSupport.unpark(thread);
  }

  private FolderState state() {
    seen = FolderState.of(folder, seen).with(others.get(), seen);
    return seen;
  }

  private void load() {
    var result = reload.get();
    editing.loaded(result).ifPresent(reporter);
    if (result instanceof ReloadResult.Busy) {
      LockSupport.parkNanos(LOOK.toNanos());
    }
  }

  private void run() {
    while (!closed) {
      try {
        poll();
      } catch (Throwable thrown) { // the loop has to continue, so that the next save is noticed
        errors.add(thrown);
        LockSupport.parkNanos(LOOK.toNanos());
      }
    }
  }

  private void poll() {
    switch (editing.next(state(), System.nanoTime())) {
      case LOAD -> load();
      case TELL -> reporter.accept(editing.heldBack());
      case NOTHING -> LockSupport.parkNanos(LOOK.toNanos());
    }
  }
}
