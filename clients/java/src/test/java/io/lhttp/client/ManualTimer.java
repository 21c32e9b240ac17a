package io.lhttp.client;

import io.lhttp.client.internal.transport.Timer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A clock and timers that advance only when a test calls them. */
final class ManualTimer implements Timer {
  private record Task(long at, Runnable run) {}

  private final List<Task> tasks = new ArrayList<>();
  private long now;

  @Override
  public synchronized long nanoTime() {
    return now;
  }

  @Override
  public synchronized Cancel after(Duration delay, Runnable run) {
    var task = new Task(now + delay.toNanos(), run);
    tasks.add(task);
    return () -> {
      synchronized (this) {
        tasks.remove(task);
      }
    };
  }

  /** Advances the time, and runs the tasks that are due in order, on this thread. */
  void advance(Duration time) {
    long end;
    synchronized (this) {
      end = now + time.toNanos();
    }
    for (var task = next(end); task != null; task = next(end)) {
      task.run.run();
    }
    synchronized (this) {
      now = end;
    }
  }

  private synchronized @Nullable Task next(long end) {
    var due = tasks.stream().filter(task -> task.at <= end).min(Comparator.comparingLong(Task::at));
    due.ifPresent(task -> {
      tasks.remove(task);
      now = task.at;
    });
    return due.orElse(null);
  }
}
