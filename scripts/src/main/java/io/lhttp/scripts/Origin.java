package io.lhttp.scripts;

import io.lhttp.scripts.context.Invocation;
import java.lang.ref.WeakReference;

/**
 * The call that started a timer or a request. Later code of that timer or request counts for this
 * call. Holds the call weakly, so that it keeps no message alive.
 */
public record Origin(Caller caller, WeakReference<Invocation> call) {
  public Origin(Invocation call) {
    this(Caller.of(call.owner()), new WeakReference<>(call));
  }

  /** Ends a call that still waits for its promise. Returns false if it does not wait. */
  public boolean fail(Throwable thrown) {
    var waiting = call.get();
    return waiting != null && waiting.fail(thrown);
  }
}
