package io.lhttp.internal.version;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/**
 * Closes links, each on a thread of its own with a deadline of its own, so that a link that hangs
 * delays no other. All threads may use it.
 */
final class LinkCloser {
  private final HangWatch hangs;
  private final Consumer<Instance> closed;

  /** The threads in which a link's {@code close()} still runs. */
  private final Set<Thread> running = ConcurrentHashMap.newKeySet();

  /**
   * @param closed called for each link after its close, on any thread
   */
  LinkCloser(HangWatch hangs, Consumer<Instance> closed) {
    this.hangs = hangs;
    this.closed = closed;
  }

  /**
   * Closes the links. Returns when all are closed, or when the wait is over; links that are still
   * closing go on with it.
   *
   * @param time a close that takes longer hangs, see {@link HangWatch}
   * @param wait the longest wait for all links together
   */
  void close(Collection<Instance> instances, Duration time, Duration wait) {
    var threads = new ArrayList<Thread>();
    for (var instance : instances) {
      if (instance.closes()) {
        threads.add(start(instance, time));
      } else {
        closed.accept(instance);
      }
    }
    var end = System.nanoTime() + wait.toNanos();
    var interrupted = false;
    for (var thread : threads) {
      interrupted |= join(thread, end);
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** The number of links that close and do not hang. */
  int running() {
    return (int) running.stream().filter(thread -> !hangs.has(thread)).count();
  }

  private Thread start(Instance instance, Duration time) {
    var thread =
        Thread.ofPlatform()
            .daemon()
            .name("lhttp-close-" + instance.name())
            .unstarted(() -> close(instance));
    running.add(thread);
    thread.start();
    hangs.watch(instance, "close", thread, time);
    return thread;
  }

  private void close(Instance instance) {
    try {
      instance.close();
      closed.accept(instance);
    } finally {
      running.remove(Thread.currentThread());
    }
  }

  /**
   * Waits for the end of a thread, even if the calling thread is interrupted; returns whether it
   * was interrupted.
   */
  private static boolean join(Thread thread, long end) {
    var interrupted = false;
    while (thread.isAlive()) {
      var left = Duration.ofNanos(end - System.nanoTime());
      if (!left.isPositive()) {
        break;
      }
      try {
        var unused = thread.join(left);
      } catch (InterruptedException ignored) {
        interrupted = true;
      }
    }
    return interrupted;
  }
}
