package io.lhttp.client;

import io.lhttp.message.Message;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * Messages that wait to be written, bounded in number and bytes. Guarded by its client's lock.
 *
 * <p>Messages of the client itself come before all others. They are not bounded, because each
 * channel has two of them at most.
 */
final class SendQueue {
  /**
   * @param request waits for the reply; null if nothing does
   */
  record Outgoing(Message message, @Nullable PendingRequest request) {}

  private final int maxQueued;
  private final int maxQueuedBytes;
  private final int maxMessageBytes;
  private final ArrayDeque<Outgoing> first = new ArrayDeque<>();
  private final ArrayDeque<Outgoing> queue = new ArrayDeque<>();
  private long bytes;

  SendQueue(int maxQueued, int maxQueuedBytes, int maxMessageBytes) {
    this.maxQueued = maxQueued;
    this.maxQueuedBytes = maxQueuedBytes;
    this.maxMessageBytes = maxMessageBytes;
  }

  /**
   * @throws IllegalArgumentException if the message is longer than the server allows
   * @throws QueueFullException if a bound is reached
   */
  void add(Outgoing outgoing) {
    var size = outgoing.message.size();
    if (size > maxMessageBytes) {
      throw new IllegalArgumentException(
          "a message of %d bytes: expected at most %d (maxMessageBytes)"
              .formatted(size, maxMessageBytes));
    }
    if (queue.size() >= maxQueued || bytes + size > maxQueuedBytes) {
      throw new QueueFullException(
          "the send queue holds %d of at most %d messages and %d of at most %d bytes; this one has %d bytes"
              .formatted(queue.size(), maxQueued, bytes, maxQueuedBytes, size));
    }
    queue.addLast(outgoing);
    bytes += size;
  }

  /** Adds a message of the client itself, before all others. */
  void addFirst(Outgoing outgoing) {
    first.addLast(outgoing);
  }

  @Nullable Outgoing poll() {
    var next = first.poll();
    if (next == null) {
      next = queue.poll();
      bytes -= next == null ? 0 : next.message.size();
    }
    if (next != null && next.request != null) {
      next.request.send();
    }
    return next;
  }

  /** Removes the message of a request that has ended, if it is still queued. */
  void remove(PendingRequest request) {
    if (!request.sent()) {
      first.removeIf(outgoing -> outgoing.request == request);
      for (var each = queue.iterator(); each.hasNext(); ) {
        var outgoing = each.next();
        if (outgoing.request == request) {
          each.remove();
          bytes -= outgoing.message.size();
          return;
        }
      }
    }
  }

  void clear() {
    first.clear();
    queue.clear();
    bytes = 0;
  }
}
