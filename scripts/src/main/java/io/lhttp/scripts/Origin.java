package io.lhttp.scripts;

import io.lhttp.scripts.context.Invocation;
import java.lang.ref.WeakReference;

/**
 * The call that a timer or a request of a script comes from: what happens later counts as that
 * call's. Keeps no message alive.
 */
public record Origin(Caller caller, WeakReference<Invocation> call) {
  public Origin(Invocation call) {
    this(Caller.of(call.owner()), new WeakReference<>(call));
  }

  /** Ends the call that still waits for its promise; false where none does. */
  public boolean fail(Throwable thrown) {
    var waiting = call.get();
    return waiting != null && waiting.fail(thrown);
  }
}
