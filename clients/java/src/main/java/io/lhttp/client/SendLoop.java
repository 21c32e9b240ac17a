package io.lhttp.client;

import io.lhttp.client.internal.protocol.CloseCodes;
import io.lhttp.client.internal.transport.Transport;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/**
 * Writes the send queue to the open transport, one message at a time. The client's lock guards the
 * state. Any thread may call {@link #run}, which writes without holding the lock.
 */
final class SendLoop {
  private final Object lock;
  private final SendQueue queue;

  /** The open transport; null while there is none. */
  private @Nullable Transport transport;

  /** Whether a message is being written, or the close frame was written. */
  private boolean busy;

  private boolean closing;

  SendLoop(Object lock, SendQueue queue) {
    this.lock = lock;
    this.queue = queue;
  }

  /**
   * Begins to write to a transport that has opened. The caller of this and the next two methods
   * holds the lock.
   */
  void start(Transport opened) {
    transport = opened;
    busy = false;
  }

  void stop() {
    transport = null;
  }

  /** Closes the transport once the queue is written. */
  void closeAfterQueue() {
    closing = true;
  }

  /**
   * Writes until the queue is empty, or the transport is still busy with a message. The caller must
   * not hold the lock.
   */
  void run() {
    while (true) {
      Transport to;
      SendQueue.Outgoing next;
      synchronized (lock) {
        to = transport;
        if (busy || to == null) {
          return;
        }
        next = queue.poll();
        if (next == null) {
          if (closing) {
            busy = true; // nothing may follow a close frame
            to.close();
          }
          return;
        }
        busy = true;
      }
      var written = to.send(next.message());
      if (!written.isDone()) {
        var unused =
            written.whenComplete((sent, failure) -> {
              written(to, failure);
              run();
            });
        return;
      }
      written(to, failure(written));
    }
  }

  /** Returns the reason why a completed future has failed; null if it has not failed. */
  private static @Nullable Throwable failure(CompletableFuture<?> completed) {
    try {
      var unused = completed.join();
      return null;
    } catch (CompletionException e) {
      return e.getCause() == null ? e : e.getCause();
    } catch (CancellationException e) {
      return e;
    }
  }

  private void written(Transport to, @Nullable Throwable failure) {
    synchronized (lock) {
      if (to.equals(transport)) {
        busy = false;
      }
    }
    if (failure != null) {
      to.abort(CloseCodes.ABNORMAL, "writing failed", Optional.of(failure));
    }
  }
}
