package io.lhttp.nats.internal.jetstream;

import io.lhttp.message.Message;
import org.jspecify.annotations.Nullable;

/** An input of {@link ReplicaTransition}. */
sealed interface ReplicaEvent {
  /** A message may be missing. */
  record Refresh() implements ReplicaEvent {}

  /** The connection to NATS was lost: notifications may be lost. */
  record Interrupted() implements ReplicaEvent {}

  /**
   * JetStream has notified this server of a stored message.
   *
   * @param previous the sequence of the message before it on its channel; 0 if the stream has
   *     removed all of them
   * @param message null if it is no LHTTP message
   * @param known whether the window has this very message at this sequence; false if it was not
   *     looked up, see {@link ReplicaTransition#asksWhetherKnown}
   */
  record Live(long sequence, long previous, @Nullable Message message, boolean known)
      implements ReplicaEvent {}

  /**
   * A round of fetching begins.
   *
   * @param awaited whether a reader waits for the history
   */
  record RoundBegan(boolean awaited) implements ReplicaEvent {}

  /**
   * The round under way has fetched its messages.
   *
   * @param lastCommon the newest delivered sequence at which the window and the result have the
   *     same message; 0 for none. Only {@link ReplicaState.Rereading} needs it
   */
  record Fetched(Fetch.Result result, long lastCommon) implements ReplicaEvent {}

  /**
   * The readers that waited for the round got their answer.
   *
   * @param awaited whether a reader waits for another round
   */
  record RoundEnded(boolean awaited) implements ReplicaEvent {}

  /** The window takes too much memory: it sheds its messages, to be fetched again if needed. */
  record Shed() implements ReplicaEvent {}

  /** The subscription has ended. */
  record End() implements ReplicaEvent {}
}
