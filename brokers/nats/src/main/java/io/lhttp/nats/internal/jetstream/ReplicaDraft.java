package io.lhttp.nats.internal.jetstream;

import io.lhttp.message.Message;
import io.lhttp.nats.internal.jetstream.ReplicaEffect.DeliverBehind;
import io.lhttp.nats.internal.jetstream.ReplicaEffect.Enter;
import io.lhttp.nats.internal.jetstream.ReplicaEffect.ReportMissed;
import io.lhttp.nats.internal.jetstream.ReplicaEffect.Reset;
import io.lhttp.nats.internal.jetstream.ReplicaState.Basis;
import io.lhttp.nats.internal.jetstream.ReplicaState.Fetching;
import io.lhttp.nats.internal.jetstream.ReplicaState.Following;
import io.lhttp.nats.internal.jetstream.ReplicaTransition.Step;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Collects the sequences and the effects of one transition, from which the next {@link
 * ReplicaState} is made. {@link ReplicaTransition} and {@link FetchTransition} create one for a
 * call, and no other object sees it.
 */
final class ReplicaDraft {
  private final List<ReplicaEffect> effects = new ArrayList<>();
  private final long notified;
  private PendingLive pending;
  private long newest;
  private long knownUpTo;
  private long delivered;

  /** Creates a draft without known messages. */
  ReplicaDraft(long notified, long delivered, PendingLive pending) {
    this.notified = notified;
    this.delivered = delivered;
    this.pending = pending;
  }

  /** Creates a draft with the messages that a state knows. */
  ReplicaDraft(Following is, PendingLive pending) {
    this(is.notified(), is.delivered(), pending);
    this.newest = is.newest();
    this.knownUpTo = is.knownUpTo();
  }

  void add(ReplicaEffect effect) {
    effects.add(effect);
  }

  /** Empties the window, so that it begins anew with the fetched messages. */
  void reset(Fetch.Result result) {
    effects.add(new Reset(result.floor()));
    newest = 0;
    knownUpTo = 0;
  }

  /**
   * Lets the messages after a sequence be delivered, although other messages were delivered with
   * these sequences.
   */
  void deliverAgainBehind(long sequence) {
    delivered = sequence;
  }

  /** Adds a message after the known ones. Delivers it if delivery has begun. */
  void enter(long sequence, long millis, @Nullable Message message) {
    var due = delivered != ReplicaState.NOTHING_YET && sequence > delivered;
    if (due) {
      deliverDue();
      delivered = sequence;
    }
    newest = sequence;
    knownUpTo = Math.max(knownUpTo, sequence);
    effects.add(new Enter(sequence, millis, message, due));
  }

  /** Delivers the added messages that waited for delivery to begin. */
  void deliverDue() {
    if (delivered != ReplicaState.NOTHING_YET && delivered < newest) {
      effects.add(new DeliverBehind(delivered));
      delivered = newest;
    }
  }

  /**
   * Adds the fetched messages, and then the pending notifications that follow them. The next state
   * is {@link Fetching} until the round ends.
   *
   * @param round the number of the round that has fetched the messages
   * @param again whether another round has to begin
   */
  Step take(Fetch.Result result, long baseline, long shedUpTo, int round, boolean again) {
    for (var stored : result.messages()) {
      if (stored.sequence() > newest) {
        enter(stored.sequence(), stored.millis(), stored.message());
      }
    }
    knownUpTo = Math.max(knownUpTo, result.readUpTo());
    var basis = new Basis(result.incarnation(), Math.min(baseline, knownUpTo), shedUpTo, round);
    pending = pending.withoutNeverStored(round, result.readUpTo());
    enterPending();
    deliverDue();
    return new Step(new Fetching(following(basis), pending, round, again, false), effects);
  }

  /** Adds the messages of pending notifications up to the first gap that another fetch may fill. */
  private void enterPending() {
    var queue = pending.queue();
    for (var i = 0; i < queue.size(); i++) {
      var live = queue.get(i);
      if (live.sequence() > newest) {
        if (!ReplicaState.follows(live.previous(), newest)) {
          if (live.sequence() > knownUpTo) {
            pending = pending.from(i);
            return;
          }
          effects.add(new ReportMissed()); // the stream has removed the messages in between
        }
        enter(live.sequence(), Enter.NOW, live.message());
      }
    }
    pending = PendingLive.EMPTY;
  }

  private Following following(Basis basis) {
    return new Following(basis, newest, knownUpTo, notified, delivered);
  }

  /** Returns the step into the state in which no message is known to be missing. */
  Step toFollowing(Basis basis) {
    return new Step(following(basis), effects);
  }
}
