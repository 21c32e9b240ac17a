package io.lhttp.nats.internal.jetstream;

import io.lhttp.nats.internal.jetstream.ReplicaEffect.Prepend;
import io.lhttp.nats.internal.jetstream.ReplicaEffect.ReportMissed;
import io.lhttp.nats.internal.jetstream.ReplicaEffect.ReportRewound;
import io.lhttp.nats.internal.jetstream.ReplicaEffect.Reset;
import io.lhttp.nats.internal.jetstream.ReplicaEvent.Fetched;
import io.lhttp.nats.internal.jetstream.ReplicaState.Ended;
import io.lhttp.nats.internal.jetstream.ReplicaState.Fetching;
import io.lhttp.nats.internal.jetstream.ReplicaState.Following;
import io.lhttp.nats.internal.jetstream.ReplicaState.Idle;
import io.lhttp.nats.internal.jetstream.ReplicaState.Incomplete;
import io.lhttp.nats.internal.jetstream.ReplicaState.Loading;
import io.lhttp.nats.internal.jetstream.ReplicaState.Rereading;
import io.lhttp.nats.internal.jetstream.ReplicaTransition.Step;

/**
 * The part of {@link ReplicaTransition} that handles the result of a fetch. It consists of pure
 * functions, too: one for each state and kind of result.
 */
final class FetchTransition {
  private FetchTransition() {}

  /** Computes the next state after a fetch. If no fetch is under way, the state stays. */
  static Step fetched(ReplicaState state, Fetched event) {
    var result = event.result();
    return switch (state) {
      case Loading is -> firstFetched(is, result);
      case Incomplete is when result.incarnation().born() != is.incarnation().born() ->
          otherStreamFetched(is, result);
      case Rereading is -> reread(is, event);
      case Fetching is when result.readUpTo() < is.base().newest() -> streamEndsEarlier(is);
      case Fetching is -> restFetched(is, result);
      case Idle idle -> Step.to(idle);
      case Following following -> Step.to(following);
      case Ended ended -> Step.to(ended);
    };
  }

  private static Step firstFetched(Loading is, Fetch.Result result) {
    var delivered =
        // no reader has read more than the fetch brought
        Math.min(is.delivered(), result.readUpTo());
    var draft = new ReplicaDraft(is.notified(), delivered, is.pending());
    if (delivered != ReplicaState.NOTHING_YET && delivered < result.floor()) {
      // the stream has removed messages that should have been delivered
      draft.add(new ReportMissed());
    }
    draft.reset(result);
    return draft.take(result, Long.MAX_VALUE, ReplicaState.NOTHING_SHED, is.round(), is.again());
  }

  /**
   * Begins anew, because the stream was deleted and created again. The pending notifications may
   * belong to the deleted stream, and are dropped.
   */
  private static Step otherStreamFetched(Incomplete is, Fetch.Result result) {
    var delivered = is.base().delivered();
    if (delivered != ReplicaState.NOTHING_YET) {
      // A stream that only lost its latest messages keeps older ones, which were delivered before.
      delivered = result.incarnation().wholeFrom();
    }
    var draft = new ReplicaDraft(0, delivered, PendingLive.EMPTY);
    draft.add(new ReportMissed());
    draft.reset(result);
    return draft.take(result, 0, ReplicaState.NOTHING_SHED, is.round(), true);
  }

  /**
   * Replaces all known messages with the fetched ones, and delivers again from the first one that
   * differs.
   */
  private static Step reread(Rereading is, Fetched event) {
    var result = event.result();
    var base = is.base();
    var draft = new ReplicaDraft(base.notified(), base.delivered(), is.pending());
    draft.reset(result);
    var lastCommon = event.lastCommon() > 0 ? event.lastCommon() : result.readUpTo();
    if (lastCommon < base.delivered()) {
      draft.add(new ReportMissed());
      draft.add(new ReportRewound(lastCommon));
      draft.deliverAgainBehind(lastCommon);
    }
    return draft.take(
        result, base.basis().baseline(), ReplicaState.NOTHING_SHED, is.round(), is.again());
  }

  /**
   * Prepares a fetch of the whole history, because the stream ends before the newest known message.
   */
  private static Step streamEndsEarlier(Fetching is) {
    var base = is.base();
    var now = new Following(base.basis(), base.newest(), base.knownUpTo(), 0, base.delivered());
    return Step.to(new Rereading(now, PendingLive.EMPTY, is.round(), is.again()));
  }

  /**
   * Adds the fetched messages: the missing ones, or those that the window has dropped to free
   * memory.
   */
  private static Step restFetched(Fetching is, Fetch.Result result) {
    var base = is.base();
    var draft = new ReplicaDraft(base, is.pending());
    var shedUpTo = is.shedUpTo();
    if (is.reloading()) {
      if (result.floor() > base.knownUpTo()) {
        draft.add(new ReportMissed());
      }
      draft.add(new Prepend(result.messages(), shedUpTo, result.floor()));
      shedUpTo = ReplicaState.NOTHING_SHED;
    } else if (!result.whole()) {
      draft.add(new Reset(result.floor()));
      draft.add(new ReportMissed());
    }
    return draft.take(result, base.basis().baseline(), shedUpTo, is.round(), is.again());
  }
}
