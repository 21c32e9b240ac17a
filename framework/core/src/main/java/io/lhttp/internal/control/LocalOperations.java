package io.lhttp.internal.control;

import io.lhttp.channel.History;
import io.lhttp.channel.Position;
import io.lhttp.message.Message;
import io.lhttp.revocation.Revocations;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.Function;

/**
 * The operations of one server on its own connections and channels. All threads may use it, and no
 * method blocks.
 */
public interface LocalOperations {
  /**
   * Runs an operation on this server's connections. The result fails with a {@link
   * io.lhttp.RefusedException} if the server is closing.
   */
  <A extends Answer> CompletionStage<A> perform(Request<A> request);

  /** See {@link io.lhttp.control.Control#publish}; throws what the broker throws. */
  CompletionStage<Optional<Position>> publish(String channel, Message message);

  /**
   * Reads a channel's history.
   *
   * @param read returns at once; its argument is empty if the channel has no history
   */
  <T> CompletionStage<T> readHistory(
      String channel, Function<Optional<History>, CompletionStage<T>> read);

  /** See {@link io.lhttp.control.Control#resetHistory}. */
  CompletionStage<Position> resetHistory(String channel);

  /** The list of revocations. Its changes block, so they run on {@link #threads}. */
  Revocations revocations();

  /** Runs the code that awaits results, never on an event loop. */
  Executor threads();
}
