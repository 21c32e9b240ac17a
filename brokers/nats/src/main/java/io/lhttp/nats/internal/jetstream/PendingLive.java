package io.lhttp.nats.internal.jetstream;

import io.lhttp.message.Message;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The notifications of a channel that arrived while its history was being fetched, oldest first.
 * Immutable; part of a {@link ReplicaState}.
 */
record PendingLive(List<Live> queue) {
  static final PendingLive EMPTY = new PendingLive(List.of());

  /**
   * The most notifications that wait. Beyond it the oldest are dropped, and a fetch brings their
   * messages.
   */
  static final int MAX = 256;

  /**
   * A notification of one stored message.
   *
   * @param previous the sequence of the previous message on the channel; 0 if the stream has
   *     removed all earlier ones
   * @param round the number of rounds that had begun when the notification arrived
   */
  record Live(long sequence, long previous, @Nullable Message message, int round) {}

  PendingLive {
    queue = List.copyOf(queue);
  }

  boolean isEmpty() {
    return queue.isEmpty();
  }

  /** Returns a copy with the newest notification, without the oldest one if there are too many. */
  PendingLive with(Live live) {
    var kept = queue.subList(queue.size() < MAX ? 0 : 1, queue.size());
    var next = new ArrayList<Live>(kept.size() + 1);
    next.addAll(kept);
    next.add(live);
    return new PendingLive(next);
  }

  /** Returns a copy without the notifications before an index. */
  PendingLive from(int index) {
    return index == 0 ? this : new PendingLive(queue.subList(index, queue.size()));
  }

  /**
   * Returns a copy without notifications of messages that were never stored. Such a notification
   * arrived before a round began, but its sequence is after the stream's end in that round.
   */
  PendingLive withoutNeverStored(int round, long end) {
    return new PendingLive(
        queue.stream().filter(live -> live.round >= round || live.sequence <= end).toList());
  }
}
