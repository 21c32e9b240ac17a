package io.lhttp.internal.version;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A link that takes over, in one {@link Handover}, whose lock guards it. */
final class HandoverStep {
  /** The state of a step, in this order. */
  enum Phase {
    WAITING,
    /** The predecessor's {@code handOver} runs. */
    GIVING,
    /** The predecessor has handed over, or there is none. */
    GIVEN,
    /** The successor's {@code takeOver} runs. */
    TAKING,
    TAKEN
  }

  /**
   * The link that hands over; null if there is none, so that the successor begins without a state.
   */
  final @Nullable Instance from;

  final Instance to;
  Phase phase = Phase.WAITING;

  /** The state that the predecessor has handed over. */
  Optional<Object> state = Optional.empty();

  /** Whether the state that the successor got may own threads. */
  boolean threads;

  /** Whether the thread of a call that hangs has to undo this step itself. */
  boolean left;

  HandoverStep(@Nullable Instance from, Instance to) {
    this.from = from;
    this.to = to;
  }

  boolean inCall() {
    return phase == Phase.GIVING || phase == Phase.TAKING;
  }

  /** The call that runs, while there is one; both links have the same kind and name. */
  LinkCall call() {
    var method = phase == Phase.GIVING ? LinkCall.Method.HAND_OVER : LinkCall.Method.TAKE_OVER;
    return new LinkCall(to.kind(), to.name(), method);
  }
}
