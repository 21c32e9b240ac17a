package io.lhttp.client;

import java.util.ArrayDeque;
import java.util.concurrent.Executor;

/**
 * Runs the application's callbacks one at a time, in order, on an executor. When too many messages
 * wait for their callbacks, {@link #hasRoom} turns false and the client pauses reading. All threads
 * may use it.
 */
final class CallbackQueue {
  static final int MAX_MESSAGES = 256;
  static final int MAX_BYTES = 1024 * 1024;

  private record Callback(Runnable run, int messages, int bytes) {}

  private final Executor executor;
  private final Runnable onRoom;
  private final ArrayDeque<Callback> queue = new ArrayDeque<>();
  private boolean running;
  private boolean full;
  private int messages;
  private long bytes;

  /**
   * @param onRoom called when the client may read again after a pause
   */
  CallbackQueue(Executor executor, Runnable onRoom) {
    this.executor = executor;
    this.onRoom = onRoom;
  }

  /** Adds the callback of an event that is not a message. Callbacks throw nothing. */
  void add(Runnable callback) {
    add(new Callback(callback, 0, 0));
  }

  /**
   * Adds the callback of a message.
   *
   * @param size the message's bytes
   */
  void add(Runnable callback, int size) {
    add(new Callback(callback, 1, size));
  }

  /**
   * Whether the client may read further messages. After a pause, it may once half of the waiting
   * callbacks have run.
   */
  synchronized boolean hasRoom() {
    return !full;
  }

  private void add(Callback callback) {
    synchronized (this) {
      queue.add(callback);
      messages += callback.messages;
      bytes += callback.bytes;
      full |= messages >= MAX_MESSAGES || bytes >= MAX_BYTES;
      if (running) {
        return;
      }
      running = true;
    }
    executor.execute(this::drain);
  }

  private void drain() {
    while (true) {
      Callback next;
      synchronized (this) {
        next = queue.poll();
        if (next == null) {
          running = false;
          return;
        }
      }
      next.run.run();
      if (finished(next)) {
        onRoom.run();
      }
    }
  }

  /** Subtracts a callback that has run. Returns whether this ended a pause. */
  private synchronized boolean finished(Callback callback) {
    messages -= callback.messages;
    bytes -= callback.bytes;
    if (!full || messages > MAX_MESSAGES / 2 || bytes > MAX_BYTES / 2) {
      return false;
    }
    full = false;
    return true;
  }
}
