package io.lhttp.client;

import io.lhttp.message.Message;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * The messages that wait to be written, bounded in number and bytes. The client's lock guards them.
 *
 * <p>Messages of the client itself are written before all others. Their number needs no bound,
 * because each channel has at most two of them.
 */
final class SendQueue {
  /**
   * A message in the queue.
   *
   * @param request the request that waits for the reply; null if none does
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
   * Adds a message of the application.
   *
   * @throws IllegalArgumentException if the message is longer than the server allows
   * @throws QueueFullException if a limit is reached
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

  /** Adds a message of the client itself, which is written before all others. */
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

  /** Removes the message of a request that has ended, if it was not written yet. */
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
