package io.lhttp.nats.internal.jetstream;

import io.lhttp.RefusedException;
import io.lhttp.channel.Position;
import io.lhttp.nats.internal.link.Refusals;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;

/**
 * The readers of a history that wait until the replica knows their position. {@link ChannelReplica}
 * owns it, and its lock guards it. Readers are answered after the lock is released.
 */
final class WaitingReaders {
  /** The longest time that a reader waits. */
  private static final int PATIENCE_SECONDS = 10;

  private final List<Reader> waiting = new ArrayList<>();

  /**
   * One reader. It waits until its position is known, but no longer than until the end of the next
   * round that begins.
   */
  static final class Reader {
    private final CompletableFuture<Void> served = new CompletableFuture<>();
    private final Optional<Position> position;

    /** The number of rounds that had begun when the reader came. */
    private final int round;

    Reader(Optional<Position> position, int round) {
      this.position = position;
      this.round = round;
    }

    /**
     * Whether the reader can be answered now.
     *
     * @param floor the sequence after which the window has each message
     */
    boolean isServed(ReplicaState state, long floor) {
      var incarnation = state.incarnation();
      if (incarnation == null || round < state.endedRound()) {
        return incarnation != null;
      }
      var sequence =
          position
              .filter(p -> p.epoch().equals(incarnation.name()))
              .map(p -> incarnation.sequence(p.offset()))
              .orElse(0L);
      var whole = state.shedUpTo() == ReplicaState.NOTHING_SHED;
      return sequence <= state.knownUpTo() && (whole || sequence >= floor);
    }

    /**
     * Completes when the reader can read the history. Fails with a refusal after {@link
     * #PATIENCE_SECONDS}.
     */
    CompletionStage<Void> answer() {
      return served
          .orTimeout(PATIENCE_SECONDS, TimeUnit.SECONDS)
          .exceptionallyCompose(e ->
              CompletableFuture.failedFuture(
                  e instanceof RefusedException ? e : Refusals.brokerAway()));
    }

    void serve() {
      served.complete(null);
    }

    void refuse() {
      served.completeExceptionally(Refusals.brokerAway());
    }
  }

  boolean isEmpty() {
    return waiting.isEmpty();
  }

  /** Adds a reader, and removes those that have timed out. */
  void add(Reader reader) {
    removeTimedOut();
    waiting.add(reader);
  }

  /** Removes the readers that can be answered now, and returns them. */
  List<Reader> takeServed(ReplicaState state, long floor) {
    removeTimedOut();
    var served = waiting.stream().filter(reader -> reader.isServed(state, floor)).toList();
    waiting.removeAll(served);
    return served;
  }

  List<Reader> takeAll() {
    var all = List.copyOf(waiting);
    waiting.clear();
    return all;
  }

  private void removeTimedOut() {
    waiting.removeIf(reader -> reader.served.isDone());
  }
}
