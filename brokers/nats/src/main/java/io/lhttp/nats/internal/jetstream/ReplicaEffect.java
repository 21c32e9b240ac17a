package io.lhttp.nats.internal.jetstream;

import io.lhttp.message.Message;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** An output of {@link ReplicaTransition}. {@link ChannelReplica} applies effects in order. */
sealed interface ReplicaEffect {
  /** Empties the window; the next entries are all that came behind the floor. */
  record Reset(long floor) implements ReplicaEffect {}

  /**
   * Adds a message to the window.
   *
   * @param millis the time of storing in milliseconds of the epoch, or {@link #NOW}
   * @param message null if it is no LHTTP message: nothing is added
   * @param deliver whether the subscribers get it
   */
  record Enter(long sequence, long millis, @Nullable Message message, boolean deliver)
      implements ReplicaEffect {
    static final long NOW = Long.MAX_VALUE;
  }

  /** Adds fetched messages up to a sequence before the window's own. */
  record Prepend(List<Fetch.Stored> messages, long upTo, long floor) implements ReplicaEffect {}

  /** Delivers the messages behind a sequence; reports those that the window has forgotten. */
  record DeliverBehind(long sequence) implements ReplicaEffect {}

  /** Reports to the subscribers that messages are lost; their number is unknown. */
  record ReportMissed() implements ReplicaEffect {}

  /** Reports to the subscribers that messages behind a sequence were forged. */
  record ReportRewound(long sequence) implements ReplicaEffect {}

  /** Starts rounds of fetching on another thread. */
  record StartFetch() implements ReplicaEffect {}
}
