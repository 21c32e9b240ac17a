package io.lhttp.scripts;

import java.lang.ref.WeakReference;

/**
 * The call that a timer or a request of a script comes from: what happens later counts as that
 * call's. Keeps no message alive.
 */
record Origin(Caller caller, WeakReference<Call> call) {
  Origin(Call call) {
    this(Caller.of(call.owner()), new WeakReference<>(call));
  }

  /** Ends the call that still waits for its promise; false where none does. */
  boolean fail(Throwable thrown) {
    var waiting = call.get();
    return waiting != null && waiting.fail(thrown);
  }
}
