package io.lhttp.internal.version;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Runs tasks when a test advances the time. Safe for all threads. */
public final class ManualScheduler implements Generations.Scheduler {
  private record Task(Runnable task, Duration at) implements Runnable {
    @Override
    public void run() {
      task.run();
    }
  }

  private final List<Task> tasks = new ArrayList<>();
  private Duration now = Duration.ZERO;

  @Override
  public synchronized void schedule(Runnable task, Duration delay) {
    tasks.add(new Task(task, now.plus(delay)));
  }

  void advance(Duration by) {
    synchronized (this) {
      now = now.plus(by);
    }
    runDue();
  }

  /** Runs the tasks that are due now. */
  void runDue() {
    for (var due = due(); !due.isEmpty(); due = due()) {
      due.forEach(Task::run);
    }
  }

  private synchronized List<Task> due() {
    var due = tasks.stream().filter(task -> task.at.compareTo(now) <= 0).toList();
    tasks.removeAll(due);
    return due;
  }
}
