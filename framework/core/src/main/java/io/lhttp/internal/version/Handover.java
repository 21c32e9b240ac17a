package io.lhttp.internal.version;

import io.lhttp.chain.ChainException;
import io.lhttp.chain.HandOverException;
import io.lhttp.internal.attribute.HandedState;
import io.lhttp.internal.attribute.HandedState.Fitting;
import io.lhttp.internal.log.Loggable;
import io.lhttp.internal.version.HandoverStep.Phase;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Passes the states of links to their successors for one change of the generation, and gives
 * everything back if the change does not come about. A {@link Build} or a {@link RollBack} owns it.
 *
 * <p>One thread passes the states; any other may give them back meanwhile. The change then waits a
 * moment for a call that runs. If the call does not return, its thread undoes the step once it
 * does.
 */
final class Handover {
  private static final Logger log = LoggerFactory.getLogger(Handover.class);

  /** The wait for a call that was interrupted, because its caller abandoned the change. */
  private static final Duration MOMENT = Duration.ofSeconds(1);

  /**
   * The time that each call of a link may take when states are given back or a generation is rolled
   * back; after it the call counts as hanging.
   */
  private static final Duration CALL_TIME = Duration.ofSeconds(10);

  /** A build waits for other changes until its caller abandons it. */
  private static final Duration ANY_TIME = Duration.ofDays(1);

  /** Plans the change, and ends it; {@link OpenLinks} implements it. */
  interface Change {
    /**
     * Waits for the right to change the generation, and keeps the links of the steps open.
     *
     * @param next the links of the next generation, in order; if one that is not new was closed
     *     meanwhile, no link takes over, because the change can't come about
     * @param isNew whether no generation has had a link
     * @return empty if another change had the right for all this time
     * @throws CancellationException if the calling thread was interrupted, or the server closes
     */
    Optional<List<HandoverStep>> begin(
        List<Instance> next, Predicate<Instance> isNew, Duration wait);

    /** Gives up the right to change the generation. */
    void end();

    /** Whether a predecessor is still open; a server that ends closes all links. */
    boolean isOpen(Instance predecessor);

    /** Ends what {@link #begin} did for a link: the link may be closed again. */
    void release(Instance instance);

    /** Closes links that no generation has. */
    void discard(List<Instance> instances);
  }

  private final Change change;
  private final StateOwners owners;
  private final TimedCalls calls;

  // Guarded by this object's lock.
  private List<HandoverStep> steps = List.of();
  private boolean begun;
  private boolean over;

  Handover(Change change, StateOwners owners, HangWatch hangs) {
    this(change, owners, hangs, CALL_TIME);
  }

  /**
   * @param callTime the time that each call may take when states are given back or a generation is
   *     rolled back
   */
  Handover(Change change, StateOwners owners, HangWatch hangs, Duration callTime) {
    this.change = change;
    this.owners = owners;
    this.calls = new TimedCalls(owners, hangs, callTime);
  }

  /**
   * Passes all states, in order, on the calling thread. Call it once.
   *
   * @param isNew whether no generation has had a link
   * @throws ChainException with the first link that failed; {@link #giveBack} undoes the others
   * @throws CancellationException if everything is given back meanwhile
   */
  void pass(List<Instance> next, Predicate<Instance> isNew) throws ChainException {
    for (var step : begin(next, isNew, ANY_TIME).orElseThrow(Handover::cancelled)) {
      try {
        pass(step);
      } catch (HandOverException failed) {
        var to = step.to;
        throw new ChainException(List.of(new ChainException.Failure(to.kind(), to.name(), failed)));
      }
    }
  }

  /**
   * Passes all states even if calls fail, and logs the failures, because a rollback has to go on.
   *
   * @return false if another change is under way
   */
  boolean passAnyway(List<Instance> next) {
    var planned = begin(next, link -> false, CALL_TIME);
    for (var step : planned.orElse(List.of())) {
      var given = step.from == null ? Fitting.NONE : takenFrom(step.from, step.to);
      synchronized (this) {
        step.state = given.state();
        step.phase = Phase.TAKEN;
        step.threads = given.mayOwnThreads();
      }
      if (step.from != null) {
        owners.remove(step.from); // its generation is rolled back, so that the link is closed soon
      }
      putTo(step.to, given.state());
    }
    return planned.isPresent();
  }

  /** The call of a link that runs now. */
  synchronized Optional<LinkCall> call() {
    return steps.stream().filter(HandoverStep::inCall).findFirst().map(HandoverStep::call);
  }

  /** The links that have taken over from a predecessor, in order. */
  synchronized List<Instance> taken() {
    return steps.stream()
        .filter(step -> step.from != null && step.phase == Phase.TAKEN)
        .map(step -> step.to)
        .toList();
  }

  /** Ends the change for good: the successors own the states now. */
  void commit() {
    List<HandoverStep> done;
    synchronized (this) {
      if (over) {
        throw new IllegalStateException("this change is over");
      }
      over = true;
      if (!begun) {
        return;
      }
      done = steps;
    }
    for (var step : done) {
      owners.keepsThreads(step.to);
      if (step.from != null && step.threads) {
        owners.leavesThreads(step.from);
      }
      release(step);
    }
    change.end();
  }

  /**
   * Undoes all steps in reverse order. Returns when each predecessor has taken over again, or
   * hangs. Does nothing after {@link #commit}.
   *
   * @return the successors that the caller must not close, because this object does
   */
  List<Instance> giveBack() {
    List<HandoverStep> done;
    synchronized (this) {
      if (over) {
        return List.of();
      }
      over = true;
      if (!begun) {
        return List.of();
      }
      done = steps.reversed();
    }
    var closed = new ArrayList<Instance>();
    try {
      for (var step : done) {
        if (giveBack(step)) {
          closed.add(step.to);
        }
      }
    } finally {
      change.end();
    }
    return closed;
  }

  private Optional<List<HandoverStep>> begin(
      List<Instance> next, Predicate<Instance> isNew, Duration wait) {
    var planned = change.begin(next, isNew, wait);
    if (planned.isEmpty()) {
      return planned;
    }
    synchronized (this) {
      begun = true;
      steps = planned.get();
      if (!over) {
        return planned;
      }
    }
    planned.get().forEach(this::release);
    change.end();
    throw cancelled();
  }

  private void pass(HandoverStep step) throws HandOverException {
    if (step.from != null) {
      takeFrom(step, step.from);
    }
    var given = converted(step.from, step.state, step.to);
    enter(step, Phase.TAKING);
    step.threads = given.mayOwnThreads();
    try {
      owners.takeOver(step.to, given.state());
    } catch (Throwable thrown) {
      if (!returned(step, Phase.GIVEN)) {
        change.discard(List.of(step.to));
        throw cancelled();
      }
      throw new HandOverException("could not take over", thrown);
    }
    if (!returned(step, Phase.TAKEN)) {
      undo(step.to);
      throw cancelled();
    }
  }

  private void takeFrom(HandoverStep step, Instance from) throws HandOverException {
    enter(step, Phase.GIVING);
    try {
      step.state = owners.handOver(from);
    } catch (Throwable thrown) {
      var kept = owners.owns(from); // a link that handed over null is no owner any more
      if (!returned(step, kept ? Phase.WAITING : Phase.GIVEN)) {
        release(step);
        throw cancelled();
      }
      throw new HandOverException("could not hand over", thrown);
    }
    if (!returned(step, Phase.GIVEN)) {
      putBack(from, step.state);
      release(step);
      throw cancelled();
    }
  }

  /** Remembers that a call begins; throws if everything was given back meanwhile. */
  private synchronized void enter(HandoverStep step, Phase call) {
    if (over) {
      throw cancelled();
    }
    step.phase = call;
  }

  /** Remembers that a call has ended; returns false if its thread has to undo the step itself. */
  private synchronized boolean returned(HandoverStep step, Phase phase) {
    step.phase = phase;
    if (phase == Phase.TAKEN && !step.left) {
      owners.took(step.to);
    }
    notifyAll();
    return !step.left;
  }

  /** Returns whether this object closes the successor, now or later. */
  private boolean giveBack(HandoverStep step) {
    var phase = settled(step);
    var state = step.state;
    var closes = false;
    switch (phase) {
      case WAITING -> {}
      case GIVING -> {
        return false; // the thread of the call gives back and releases
      }
      case GIVEN -> {}
      case TAKING -> closes = true;
      case TAKEN -> {
        if (step.from != null && change.isOpen(step.from)) {
          if (step.threads) {
            owners.leavesThreads(step.to);
          }
          try {
            state = handedBack(step, step.from);
          } catch (Exception thrown) {
            failed(step.to, "did not hand back and is closed", thrown);
            change.discard(List.of(step.to)); // so that its predecessor can acquire everything
            state = Optional.empty();
            closes = true;
          }
        }
      }
    }
    if (phase != Phase.WAITING && step.from != null) {
      putBack(step.from, state);
    }
    release(step);
    return closes;
  }

  /**
   * Returns the state that the successor hands back, or else the one that the predecessor handed
   * over.
   */
  private Optional<Object> handedBack(HandoverStep step, Instance to) throws Exception {
    var state = calls.handOver(step.to);
    try {
      return converted(step.to, state, to).state();
    } catch (HandOverException ignored) {
      return step.state; // no message has changed it since then
    }
  }

  /** Waits a moment for a call that runs, and returns the phase. */
  private synchronized Phase settled(HandoverStep step) {
    var end = System.nanoTime() + MOMENT.toNanos();
    var interrupted = false;
    while (step.inCall() && System.nanoTime() - end < 0) {
      try {
        TimeUnit.NANOSECONDS.timedWait(this, Math.max(1, end - System.nanoTime()));
      } catch (InterruptedException ignored) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    step.left = step.inCall();
    return step.phase;
  }

  /** Closes a successor that has taken over too late; its predecessor has the state already. */
  private void undo(Instance to) {
    try {
      var unused = owners.handOver(to);
    } catch (Throwable thrown) {
      failed(to, "did not hand back and is closed", thrown);
    }
    change.discard(List.of(to));
  }

  private Fitting takenFrom(Instance from, Instance to) {
    try {
      return converted(from, calls.handOver(from), to);
    } catch (Exception thrown) {
      failed(from, "did not hand over", thrown);
      return Fitting.NONE;
    }
  }

  /**
   * Returns the state to the predecessor. A closed predecessor gets nothing, because the server
   * would not close it a second time.
   */
  private void putBack(Instance predecessor, Optional<Object> state) {
    if (change.isOpen(predecessor)) {
      putTo(predecessor, state);
    }
  }

  private void putTo(Instance instance, Optional<Object> state) {
    try {
      calls.takeOver(instance, state);
    } catch (Exception thrown) {
      failed(
          instance,
          "runs on without what it hands over; each later change of the chain asks it again",
          thrown);
    }
  }

  private static Fitting converted(@Nullable Instance from, Optional<Object> state, Instance to)
      throws HandOverException {
    if (from == null || state.isEmpty() || sameClass(from, to)) {
      return new Fitting(state, false);
    }
    try {
      return HandedState.convert(state.get(), to.object());
    } catch (HandedState.LostException e) {
      throw new HandOverException(
          "can't take over the state of its predecessor, because " + e.getMessage(), null);
    } catch (RuntimeException | Error e) { // of users' code, such as a list that can't be read
      throw new HandOverException("could not take over the state of its predecessor", e);
    }
  }

  private static boolean sameClass(Instance from, Instance to) {
    return from.object().getClass().equals(to.object().getClass());
  }

  private void release(HandoverStep step) {
    if (step.from != null) {
      change.release(step.from);
    }
    change.release(step.to);
  }

  private static void failed(Instance instance, String failed, Throwable thrown) {
    log.error("{} '{}' {}", instance.kind(), instance.name(), failed, Loggable.of(thrown));
  }

  private static CancellationException cancelled() {
    return new CancellationException("the change was given up");
  }
}
