package io.lhttp.nats.internal.jetstream;

import io.lhttp.message.Message;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * What NATS has told of a channel while the rest was fetched, in order. Guarded by the {@link
 * Mirror} whose it is.
 */
final class PendingLive {
  /** Beyond it, it is fetched, too. */
  private static final int MOST = 256;

  private final ArrayDeque<Live> queue = new ArrayDeque<>();

  /**
   * @param before the sequence of the one before it on its channel; 0 where that is forgotten
   * @param round the round of fetching that had begun before
   */
  record Live(long sequence, long before, @Nullable Message message, int round) {}

  void add(long sequence, long before, @Nullable Message message, int round) {
    queue.add(new Live(sequence, before, message, round));
    if (queue.size() > MOST) {
      queue.remove();
    }
  }

  /** The oldest; null where there is none. */
  @Nullable Live peek() {
    return queue.peek();
  }

  /** Takes the oldest out. */
  void remove() {
    queue.remove();
  }

  void clear() {
    queue.clear();
  }

  /**
   * Drops what was told of before a round began, and is behind the end that the stream had
   * afterwards.
   */
  void dropWhatWasNeverStored(int round, long end) {
    queue.removeIf(live -> live.round < round && live.sequence > end);
  }
}
