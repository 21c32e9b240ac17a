package io.lhttp.nats.internal.jetstream;

import io.lhttp.message.Message;
import io.lhttp.nats.internal.jetstream.ReplicaEffect.DeliverBehind;
import io.lhttp.nats.internal.jetstream.ReplicaEffect.Enter;
import io.lhttp.nats.internal.jetstream.ReplicaEffect.Prepend;
import io.lhttp.nats.internal.jetstream.ReplicaEffect.ReportMissed;
import io.lhttp.nats.internal.jetstream.ReplicaEffect.ReportRewound;
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
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Leads from one {@link ReplicaState} to the next. A pure function: it reads no clock, takes no
 * lock and calls nobody. {@link ChannelReplica} calls it under its lock and applies the effects.
 */
final class ReplicaTransition {
  static final ReplicaState START = new Idle(0, ReplicaState.NOTHING_YET, PendingLive.EMPTY);

  static final ReplicaEffect START_FETCH = new StartFetch();

  private ReplicaTransition() {}

  /** The next state, and what has to be done outside it, in order. */
  record Step(ReplicaState next, List<ReplicaEffect> effects) {
    Step {
      effects = List.copyOf(effects);
    }

    static Step to(ReplicaState next, ReplicaEffect... effects) {
      return new Step(next, List.of(effects));
    }
  }

  /** An event that a state does not expect changes nothing. */
  static Step transition(ReplicaState state, ReplicaEvent event) {
    if (state instanceof Ended) {
      return Step.to(state);
    }
    return switch (event) {
      case Refresh refresh -> refresh(state);
      case Interrupted interrupted -> refresh(withDeliveryBegun(state));
      case Live live -> live.sequence() <= 0 ? Step.to(state) : live(state, live);
      case RoundBegan round -> Step.to(roundBegan(state, round.awaited()));
      case Fetched fetched -> fetched(state, fetched);
      case RoundEnded round -> Step.to(roundEnded(state, round.awaited()));
      case Shed shed -> shed(state);
      case End end -> Step.to(new Ended(state));
    };
  }

  /** Whether {@link Live#known} has to be looked up for a notification. */
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

  /** After an interruption all behind the baseline is delivered: no notification will say so. */
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
    if (sequence <= is.notified()) { // of another stream, or one of both was made up
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
    var draft = new Draft(now);
    if (sequence > is.newest()) {
      draft.enter(sequence, Enter.NOW, live.message());
    } else {
      draft.deliverDue(); // it was fetched before its notification arrived
    }
    return new Step(draft.following(is.basis()), draft.effects);
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

  private static Step fetched(ReplicaState state, Fetched event) {
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
    var delivered = Math.min(is.delivered(), result.readUpTo()); // the baseline, as of now
    var draft = new Draft(is.notified(), delivered, is.pending());
    if (delivered != ReplicaState.NOTHING_YET && delivered < result.floor()) {
      draft.effects.add(new ReportMissed()); // the stream has removed them since
    }
    draft.reset(result);
    return draft.take(result, Long.MAX_VALUE, ReplicaState.NOTHING_SHED, is.round(), is.again());
  }

  /** Pending notifications may be the former stream's: their messages are fetched instead. */
  private static Step otherStreamFetched(Incomplete is, Fetch.Result result) {
    var delivered = is.base().delivered();
    if (delivered != ReplicaState.NOTHING_YET) {
      delivered = result.incarnation().wholeFrom(); // a renewed stream still has messages up to it
    }
    var draft = new Draft(0, delivered, PendingLive.EMPTY);
    draft.effects.add(new ReportMissed());
    draft.reset(result);
    return draft.take(result, 0, ReplicaState.NOTHING_SHED, is.round(), true);
  }

  /** Replaces all that was known, and delivers again from where the stream differs. */
  private static Step reread(Rereading is, Fetched event) {
    var result = event.result();
    var base = is.base();
    var draft = new Draft(base.notified(), base.delivered(), is.pending());
    draft.reset(result);
    var lastCommon = event.lastCommon() > 0 ? event.lastCommon() : result.readUpTo();
    if (lastCommon < base.delivered()) {
      draft.effects.add(new ReportMissed());
      draft.effects.add(new ReportRewound(lastCommon));
      draft.delivered = lastCommon;
    }
    return draft.take(
        result, base.basis().baseline(), ReplicaState.NOTHING_SHED, is.round(), is.again());
  }

  /** The stream ends before the newest known message. */
  private static Step streamEndsEarlier(Fetching is) {
    var base = is.base();
    var now = new Following(base.basis(), base.newest(), base.knownUpTo(), 0, base.delivered());
    return Step.to(new Rereading(now, PendingLive.EMPTY, is.round(), is.again()));
  }

  private static Step restFetched(Fetching is, Fetch.Result result) {
    var base = is.base();
    var draft = new Draft(base);
    draft.pending = is.pending();
    var shedUpTo = is.shedUpTo();
    if (is.reloading()) {
      if (result.floor() > base.knownUpTo()) {
        draft.effects.add(new ReportMissed());
      }
      draft.effects.add(new Prepend(result.messages(), shedUpTo, result.floor()));
      shedUpTo = ReplicaState.NOTHING_SHED;
    } else if (!result.whole()) {
      draft.effects.add(new Reset(result.floor()));
      draft.effects.add(new ReportMissed());
    }
    return draft.take(result, base.basis().baseline(), shedUpTo, is.round(), is.again());
  }

  private static ReplicaState roundEnded(ReplicaState state, boolean awaited) {
    return state instanceof Fetching is && is.pending().isEmpty() && !is.again() && !awaited
        ? is.base()
        : state;
  }

  /** Messages whose delivery has not begun are not shed: only the window has them. */
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

  /** The next sequences and the effects, while one transition finds them. Never leaves it. */
  private static final class Draft {
    final List<ReplicaEffect> effects = new ArrayList<>();
    private final long notified;
    PendingLive pending;
    private long newest;
    private long knownUpTo;
    long delivered;

    Draft(long notified, long delivered, PendingLive pending) {
      this.notified = notified;
      this.delivered = delivered;
      this.pending = pending;
    }

    Draft(Following is) {
      this(is.notified(), is.delivered(), PendingLive.EMPTY);
      this.newest = is.newest();
      this.knownUpTo = is.knownUpTo();
    }

    /** Begins anew with the fetched messages. */
    void reset(Fetch.Result result) {
      effects.add(new Reset(result.floor()));
      newest = 0;
      knownUpTo = 0;
    }

    /** Takes the fetched messages in, and then the pending ones that follow. */
    Step take(Fetch.Result result, long baseline, long shedUpTo, int round, boolean again) {
      for (var stored : result.messages()) {
        if (stored.sequence() > newest) {
          enter(stored.sequence(), stored.millis(), stored.message());
        }
      }
      knownUpTo = Math.max(knownUpTo, result.readUpTo());
      var basis = new Basis(result.incarnation(), Math.min(baseline, knownUpTo), shedUpTo, round);
      pending = pending.withoutNeverStored(round, result.readUpTo());
      catchUp();
      deliverDue();
      return new Step(new Fetching(following(basis), pending, round, again, false), effects);
    }

    private void catchUp() {
      var queue = pending.queue();
      for (var i = 0; i < queue.size(); i++) {
        var live = queue.get(i);
        if (live.sequence() > newest) {
          if (!ReplicaState.follows(live.previous(), newest)) {
            if (live.sequence() > knownUpTo) {
              pending = pending.from(i);
              return;
            }
            effects.add(new ReportMissed()); // the stream has removed the messages between them
          }
          enter(live.sequence(), Enter.NOW, live.message());
        }
      }
      pending = PendingLive.EMPTY;
    }

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

    /** Delivers entered messages that waited for the first notification. */
    void deliverDue() {
      if (delivered != ReplicaState.NOTHING_YET && delivered < newest) {
        effects.add(new DeliverBehind(delivered));
        delivered = newest;
      }
    }

    Following following(Basis basis) {
      return new Following(basis, newest, knownUpTo, notified, delivered);
    }
  }
}
