package io.lhttp.nats.internal.jetstream;

import io.lhttp.message.Message;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The notifications of a channel that arrived while its history was fetched, oldest first.
 * Immutable; part of a {@link ReplicaState}.
 */
record PendingLive(List<Live> queue) {
  static final PendingLive EMPTY = new PendingLive(List.of());

  /** The most notifications; a fetch finds the messages of dropped ones. */
  static final int MAX = 256;

  /**
   * A notification of one stored message.
   *
   * @param previous the sequence of the message before it on its channel; 0 if the stream has
   *     removed all of them
   * @param round the number of rounds that had begun when it arrived
   */
  record Live(long sequence, long previous, @Nullable Message message, int round) {}

  PendingLive {
    queue = List.copyOf(queue);
  }

  boolean isEmpty() {
    return queue.isEmpty();
  }

  /** Adds the newest notification; drops the oldest beyond the bound. */
  PendingLive with(Live live) {
    var kept = queue.subList(queue.size() < MAX ? 0 : 1, queue.size());
    var next = new ArrayList<Live>(kept.size() + 1);
    next.addAll(kept);
    next.add(live);
    return new PendingLive(next);
  }

  /** Leaves out the notifications before an index. */
  PendingLive from(int index) {
    return index == 0 ? this : new PendingLive(queue.subList(index, queue.size()));
  }

  /**
   * Leaves out each notification that arrived before a round began, but whose sequence is behind
   * the stream's end in that round: the stream has never stored its message.
   */
  PendingLive withoutNeverStored(int round, long end) {
    return new PendingLive(
        queue.stream().filter(live -> live.round >= round || live.sequence <= end).toList());
  }
}
