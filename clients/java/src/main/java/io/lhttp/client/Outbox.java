package io.lhttp.client;

import io.lhttp.message.Message;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/** Messages that wait to be written, bounded in count and bytes. Guarded by its client's lock. */
final class Outbox {
  /**
   * @param pending who waits for the reply, if anybody does
   */
  record Outgoing(Message message, @Nullable Pending pending) {}

  private final int maxMessages;
  private final int maxBytes;
  private final ArrayDeque<Outgoing> queue = new ArrayDeque<>();
  private long bytes;

  Outbox(int maxMessages, int maxBytes) {
    this.maxMessages = maxMessages;
    this.maxBytes = maxBytes;
  }

  /**
   * @throws QueueFullException where a bound is reached
   */
  void add(Outgoing outgoing) {
    var size = outgoing.message.size();
    if (queue.size() >= maxMessages || bytes + size > maxBytes) {
      throw new QueueFullException(
          "the send queue holds %d of at most %d messages and %d of at most %d bytes; this one has %d bytes"
              .formatted(queue.size(), maxMessages, bytes, maxBytes, size));
    }
    queue.addLast(outgoing);
    bytes += size;
  }

  /** Puts the client's own messages, of which there are few, before all others. */
  void addFirst(Outgoing outgoing) {
    queue.addFirst(outgoing);
    bytes += outgoing.message.size();
  }

  @Nullable Outgoing poll() {
    var next = queue.poll();
    if (next != null) {
      bytes -= next.message.size();
      if (next.pending != null) {
        next.pending.send();
      }
    }
    return next;
  }

  /** Takes out what nobody waits for any more, if it is still here. */
  void remove(Pending pending) {
    if (pending.sent()) {
      return;
    }
    for (var each = queue.iterator(); each.hasNext(); ) {
      var outgoing = each.next();
      if (outgoing.pending == pending) {
        each.remove();
        bytes -= outgoing.message.size();
        return;
      }
    }
  }

  void clear() {
    queue.clear();
    bytes = 0;
  }
}
