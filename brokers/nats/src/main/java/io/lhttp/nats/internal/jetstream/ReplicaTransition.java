package io.lhttp.nats.internal.jetstream;

import io.lhttp.nats.internal.jetstream.ReplicaEffect.Enter;
import io.lhttp.nats.internal.jetstream.ReplicaEffect.Reset;
import io.lhttp.nats.internal.jetstream.ReplicaEffect.StartFetch;
import io.lhttp.nats.internal.jetstream.ReplicaEvent.End;
import io.lhttp.nats.internal.jetstream.ReplicaEvent.Fetched;
import io.lhttp.nats.internal.jetstream.ReplicaEvent.Interrupted;
import io.lhttp.nats.internal.jetstream.ReplicaEvent.Live;
import io.lhttp.nats.internal.jetstream.ReplicaEvent.Refresh;
import io.lhttp.nats.internal.jetstream.ReplicaEvent.RoundBegan;
import io.lhttp.nats.internal.jetstream.ReplicaEvent.RoundEnded;
import io.lhttp.nats.internal.jetstream.ReplicaEvent.Shed;
import io.lhttp.nats.internal.jetstream.ReplicaState.Basis;
import io.lhttp.nats.internal.jetstream.ReplicaState.Ended;
import io.lhttp.nats.internal.jetstream.ReplicaState.Fetching;
import io.lhttp.nats.internal.jetstream.ReplicaState.Following;
import io.lhttp.nats.internal.jetstream.ReplicaState.Idle;
import io.lhttp.nats.internal.jetstream.ReplicaState.Incomplete;
import io.lhttp.nats.internal.jetstream.ReplicaState.Loading;
import io.lhttp.nats.internal.jetstream.ReplicaState.Rereading;
import io.lhttp.nats.internal.jetstream.ReplicaState.Unknown;
import java.util.List;

/**
 * Computes from a {@link ReplicaState} and an event the next state, and the effects. A pure
 * function: it reads no clock, takes no lock and calls no other object. {@link ChannelReplica}
 * calls it under its lock and applies the effects. {@link FetchTransition} handles the results of
 * fetches.
 */
final class ReplicaTransition {
  static final ReplicaState START = new Idle(0, ReplicaState.NOTHING_YET, PendingLive.EMPTY);

  static final ReplicaEffect START_FETCH = new StartFetch();

  private ReplicaTransition() {}

  /** The next state, and the effects in the order in which they have to be applied. */
  record Step(ReplicaState next, List<ReplicaEffect> effects) {
    Step {
      effects = List.copyOf(effects);
    }

    static Step to(ReplicaState next, ReplicaEffect... effects) {
      return new Step(next, List.of(effects));
    }
  }

  /** Computes the next state. An event that the state does not expect changes nothing. */
  static Step transition(ReplicaState state, ReplicaEvent event) {
    if (state instanceof Ended) {
      return Step.to(state);
    }
    return switch (event) {
      case Refresh refresh -> refresh(state);
      case Interrupted interrupted -> refresh(withDeliveryBegun(state));
      case Live live -> live.sequence() <= 0 ? Step.to(state) : live(state, live);
      case RoundBegan round -> Step.to(roundBegan(state, round.awaited()));
      case Fetched fetched -> FetchTransition.fetched(state, fetched);
      case RoundEnded round -> Step.to(roundEnded(state, round.awaited()));
      case Shed shed -> shed(state);
      case End end -> Step.to(new Ended(state));
    };
  }

  /** Whether the caller has to look up {@link Live#known} for this notification. */
  static boolean asksWhetherKnown(ReplicaState state, long sequence) {
    return state instanceof Following following && sequence <= following.notified();
  }

  private static Step refresh(ReplicaState state) {
    return switch (state) {
      case Idle idle ->
          Step.to(
              new Loading(idle.notified(), idle.delivered(), idle.pending(), 0, true), START_FETCH);
      case Loading is ->
          Step.to(new Loading(is.notified(), is.delivered(), is.pending(), is.round(), true));
      case Following following ->
          Step.to(
              new Fetching(following, PendingLive.EMPTY, following.round(), true, false),
              START_FETCH);
      case Fetching is ->
          Step.to(new Fetching(is.base(), is.pending(), is.round(), true, is.reloading()));
      case Rereading is -> Step.to(new Rereading(is.base(), is.pending(), is.round(), true));
      case Ended ended -> Step.to(ended);
    };
  }

  /**
   * Lets delivery begin after the baseline, if it has not begun. The connection was lost, so the
   * notification that would begin delivery may be lost, too.
   */
  private static ReplicaState withDeliveryBegun(ReplicaState state) {
    return switch (state) {
      case Following is -> is.deliveringFrom(is.basis().baseline());
      case Incomplete is -> {
        var base = is.base();
        yield is.with(base.deliveringFrom(base.basis().baseline()), is.pending());
      }
      case Unknown unknown -> unknown;
      case Ended ended -> ended;
    };
  }

  private static Step live(ReplicaState state, Live live) {
    var sequence = live.sequence();
    var pending = new PendingLive.Live(sequence, live.previous(), live.message(), state.round());
    return switch (state) {
      case Following is -> follow(is, live);
      case Incomplete is ->
          Step.to(is.with(is.base().withNotified(sequence), is.pending().with(pending)));
      case Unknown is -> {
        var delivered = is.delivered() == ReplicaState.NOTHING_YET ? sequence - 1 : is.delivered();
        yield Step.to(is.with(sequence, delivered, is.pending().with(pending)));
      }
      case Ended ended -> Step.to(ended);
    };
  }

  private static Step follow(Following is, Live live) {
    var sequence = live.sequence();
    if (is.isNext(sequence, live.previous())) {
      return Step.to(
          is.next(sequence), new Enter(sequence, Enter.NOW, live.message(), /* deliver= */ true));
    }
    var now = is.withNotified(sequence);
    // this or the last notification was forged, or belongs to another stream
    if (sequence <= is.notified()) {
      return Step.to(
          live.known()
              ? new Fetching(now, PendingLive.EMPTY, now.round(), true, false)
              : new Rereading(now, PendingLive.EMPTY, now.round(), true),
          START_FETCH);
    }
    if (sequence > is.newest() && !ReplicaState.follows(live.previous(), is.newest())) {
      var pending = new PendingLive.Live(sequence, live.previous(), live.message(), is.round());
      return Step.to(
          new Fetching(now, PendingLive.EMPTY.with(pending), now.round(), true, false),
          START_FETCH);
    }
    var draft = new ReplicaDraft(now, PendingLive.EMPTY);
    if (sequence > is.newest()) {
      draft.enter(sequence, Enter.NOW, live.message());
    } else {
      draft.deliverDue(); // the message was fetched before its notification arrived
    }
    return draft.toFollowing(is.basis());
  }

  private static ReplicaState roundBegan(ReplicaState state, boolean awaited) {
    return switch (state) {
      case Loading is ->
          new Loading(is.notified(), is.delivered(), is.pending(), is.round() + 1, false);
      case Fetching is -> {
        var reloading = awaited && is.shedUpTo() != ReplicaState.NOTHING_SHED;
        yield new Fetching(is.base(), is.pending(), is.round() + 1, false, reloading);
      }
      case Rereading is -> new Rereading(is.base(), is.pending(), is.round() + 1, false);
      case Idle idle -> idle;
      case Following following -> following;
      case Ended ended -> ended;
    };
  }

  private static ReplicaState roundEnded(ReplicaState state, boolean awaited) {
    return state instanceof Fetching is && is.pending().isEmpty() && !is.again() && !awaited
        ? is.base()
        : state;
  }

  /**
   * Drops the window's messages, unless some of them wait for delivery, because no other object has
   * those.
   */
  private static Step shed(ReplicaState state) {
    if (!(state instanceof Following is) || is.deliveredAtLeast() < is.newest()) {
      return Step.to(state);
    }
    var basis = is.basis();
    return Step.to(
        new Following(
            new Basis(basis.incarnation(), basis.baseline(), is.newest(), basis.endedRound()),
            is.newest(),
            is.knownUpTo(),
            is.notified(),
            is.delivered()),
        new Reset(is.newest()));
  }
}
