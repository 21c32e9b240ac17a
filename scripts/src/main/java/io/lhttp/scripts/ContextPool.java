package io.lhttp.scripts;

import io.lhttp.Outcome;
import io.lhttp.RefusedException;
import io.lhttp.scripts.context.ScriptContext;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * The contexts of one script, one for each script thread; {@link ScriptInstance} owns it. If the
 * thread of a context had to be abandoned, the script is loaded again, with as many attempts as
 * needed. Until then calls use another thread's context. All threads may use it.
 */
final class ContextPool implements AutoCloseable {
  private static final Duration LONGEST_PAUSE = Duration.ofMinutes(1);
  private static final Duration COME_AGAIN = Duration.ofSeconds(1);

  /** Loads the script into a new context for a script thread. */
  @FunctionalInterface
  interface Loader {
    ScriptContext load(int thread);
  }

  /** A context, and a future that completes with its replacement if its thread is abandoned. */
  private record Slot(ScriptContext context, CompletableFuture<ScriptContext> next) {
    Slot(ScriptContext context) {
      this(context, new CompletableFuture<>());
    }
  }

  private final String name;
  private final Loader loader;
  private final Duration firstPause;
  private final AtomicReferenceArray<Slot> slots;
  private final CountDownLatch closed = new CountDownLatch(1);

  /**
   * @param name the script's name, for the log
   * @param firstPause the pause after the first failed attempt to load a context again; each
   *     further pause is twice as long
   */
  ContextPool(String name, Loader loader, Duration firstPause, ScriptContext[] contexts) {
    this.name = name;
    this.loader = loader;
    this.firstPause = firstPause;
    this.slots = new AtomicReferenceArray<>(contexts.length);
    for (var i = 0; i < contexts.length; i++) {
      slots.set(i, new Slot(contexts[i]));
    }
  }

  /** Returns one of the contexts, for questions that all contexts answer alike. */
  ScriptContext first() {
    return slots.get(0).context;
  }

  /**
   * Returns the context of a script thread. If that context's thread was abandoned, returns another
   * thread's context, or waits for the replacement. Only the script threads of the host can be
   * abandoned, never an event loop.
   *
   * @throws RefusedException 503 if the replacement is not loaded within {@code longest}
   */
  ScriptContext at(int thread, Duration longest) throws InterruptedException {
    var slot = slots.get(thread);
    if (!slot.context.lost()) {
      return slot.context;
    }
    for (var i = 0; i < slots.length(); i++) {
      var other = slots.get(i).context;
      if (!other.lost()) {
        return other;
      }
    }
    try {
      return slot.next.get(longest.toNanos(), TimeUnit.NANOSECONDS);
    } catch (ExecutionException | TimeoutException _) {
      throw new RefusedException(
          Outcome.refused(503, "the script is being loaded again").retryAfter(COME_AGAIN));
    }
  }

  /** The number of calls that the present contexts have had. */
  long calls() {
    var calls = 0L;
    for (var i = 0; i < slots.length(); i++) {
      calls += slots.get(i).context.calls();
    }
    return calls;
  }

  /**
   * Replaces a context whose thread was abandoned. Returns at once.
   *
   * @param ended runs when the call that held the thread has ended after all
   */
  void replace(ScriptContext lost, Runnable ended) {
    lost.thread().replace();
    start("lhttp-script-reload", () -> loadAgain(lost.thread().index));
    start(
        "lhttp-script-end",
        () -> {
          try {
            lost.close(); // waits until the call that holds the thread ends
          } finally {
            ended.run();
          }
        });
  }

  @Override
  public void close() {
    closed.countDown();
    for (var i = 0; i < slots.length(); i++) {
      close(slots.get(i).context);
    }
  }

  private void loadAgain(int thread) {
    var slot = slots.get(thread);
    var pause = firstPause;
    for (var context = load(thread, slot); ; context = load(thread, slot)) {
      if (context != null) {
        slots.set(thread, new Slot(context));
        slot.next.complete(context);
        if (over(Duration.ZERO)) {
          close(context);
        }
        return;
      }
      if (over(pause)) {
        return;
      }
      var twice = pause.multipliedBy(2);
      pause = twice.compareTo(LONGEST_PAUSE) < 0 ? twice : LONGEST_PAUSE;
    }
  }

  private @Nullable ScriptContext load(int thread, Slot slot) {
    try {
      return loader.load(thread);
    } catch (RuntimeException | Error e) {
      ScriptHost.log.error("failed to load a script again, will retry name={}", name, e);
      slot.next.completeExceptionally(e);
      return null;
    }
  }

  /** Waits for the pause. Returns whether the script was closed in the meantime. */
  private boolean over(Duration pause) {
    try {
      return closed.await(pause.toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      return true;
    }
  }

  /**
   * Closes a context. A context whose thread was abandoned is not closed, because closing would
   * wait for the call that never ends.
   */
  private static void close(ScriptContext context) {
    if (!context.lost()) {
      context.close();
    }
  }

  private static void start(String thread, Runnable task) {
    Thread.ofPlatform().daemon().name(thread).start(task);
  }
}
