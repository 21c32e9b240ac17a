package io.lhttp.scripts;

import io.lhttp.ClientKey;
import io.lhttp.scripts.context.Invocation;
import java.lang.ref.WeakReference;
import org.jspecify.annotations.Nullable;

/**
 * The call of a script that started a timer or a request. If the code that runs later is too slow,
 * this call's client is blamed. The reference to the call is weak, so that a pending timer keeps no
 * message in memory.
 */
public record Initiator(Caller caller, WeakReference<Invocation> call) {
  public Initiator(Invocation call) {
    this(Caller.of(call.owner()), new WeakReference<>(call));
  }

  /** The client of the call; null for no call. */
  public static @Nullable ClientKey client(@Nullable Initiator initiator) {
    return initiator == null ? null : initiator.caller().client();
  }

  /** Fails the call if it still waits for its promise. Returns false if it does not wait. */
  public boolean fail(Throwable thrown) {
    var waiting = call.get();
    return waiting != null && waiting.fail(thrown);
  }
}
