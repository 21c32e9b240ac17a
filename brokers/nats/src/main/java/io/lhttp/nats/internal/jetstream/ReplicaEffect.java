package io.lhttp.nats.internal.jetstream;

import io.lhttp.message.Message;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One output of {@link ReplicaTransition}. {@link ChannelReplica} applies the effects in order. */
sealed interface ReplicaEffect {
  /**
   * Empties the window. The messages that are added next are all that were stored after the floor.
   */
  record Reset(long floor) implements ReplicaEffect {}

  /**
   * Adds a message to the window.
   *
   * @param millis when JetStream stored it, in milliseconds since 1970, or {@link #NOW}
   * @param message null if the payload is no LHTTP message; then nothing is added
   * @param deliver whether to deliver the message to the subscribers
   */
  record Enter(long sequence, long millis, @Nullable Message message, boolean deliver)
      implements ReplicaEffect {
    static final long NOW = Long.MAX_VALUE;
  }

  /** Adds the fetched messages up to a sequence before the messages of the window. */
  record Prepend(List<Fetch.Stored> messages, long upTo, long floor) implements ReplicaEffect {}

  /**
   * Delivers the window's messages after a sequence, and reports it if the window has dropped some
   * of them.
   */
  record DeliverBehind(long sequence) implements ReplicaEffect {}

  /** Reports to the subscribers that an unknown number of messages is lost. */
  record ReportMissed() implements ReplicaEffect {}

  /** Reports to the subscribers that the messages after a sequence were forged. */
  record ReportRewound(long sequence) implements ReplicaEffect {}

  /** Starts to fetch on another thread. */
  record StartFetch() implements ReplicaEffect {}
}
