package io.lhttp.nats.internal.jetstream;

import io.lhttp.message.Message;
import org.jspecify.annotations.Nullable;

/** One input of {@link ReplicaTransition}. */
sealed interface ReplicaEvent {
  /** A message may be missing, so a fetch is needed. */
  record Refresh() implements ReplicaEvent {}

  /** The connection to NATS was lost, so notifications may be lost. */
  record Interrupted() implements ReplicaEvent {}

  /**
   * JetStream has notified this server of a stored message.
   *
   * @param previous the sequence of the previous message on the channel; 0 if the stream has
   *     removed all earlier ones
   * @param message null if the payload is no LHTTP message
   * @param known whether the window has this very message at this sequence; false if {@link
   *     ReplicaTransition#asksWhetherKnown} did not require the look-up
   */
  record Live(long sequence, long previous, @Nullable Message message, boolean known)
      implements ReplicaEvent {}

  /**
   * A round of fetching begins.
   *
   * @param awaited whether a reader waits for the result
   */
  record RoundBegan(boolean awaited) implements ReplicaEvent {}

  /**
   * The round under way has fetched messages.
   *
   * @param lastCommon the newest delivered sequence at which the window and the fetched messages
   *     agree; 0 for none. Only {@link ReplicaState.Rereading} needs it
   */
  record Fetched(Fetch.Result result, long lastCommon) implements ReplicaEvent {}

  /**
   * The readers that waited for the round were answered.
   *
   * @param awaited whether another reader still waits
   */
  record RoundEnded(boolean awaited) implements ReplicaEvent {}

  /** The window takes too much memory and has to drop its messages, which can be fetched again. */
  record Shed() implements ReplicaEvent {}

  /** The subscription to the channel has ended. */
  record End() implements ReplicaEvent {}
}
