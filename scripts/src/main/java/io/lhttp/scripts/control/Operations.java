package io.lhttp.scripts.control;

import io.lhttp.ClientKey;
import io.lhttp.Outcome;
import io.lhttp.RefusedException;
import io.lhttp.control.Control;
import io.lhttp.outgoing.ClientShares;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The operations that scripts may call, and the number of them under way. One client's messages can
 * take no more than a fair share of the places. The host owns it; all threads may use it.
 */
public final class Operations {
  /** The most operations of scripts under way at the same time. */
  private static final int MAX = 100;

  private final ClientShares places = new ClientShares(MAX);

  /** The operations of the running server; null before the start, and in tests. */
  private volatile @Nullable Control control;

  public void control(Control control) {
    this.control = control;
  }

  @Nullable Control control() {
    return control;
  }

  /** Whether a result is still expected. */
  public boolean busy() {
    return places.taken() > 0;
  }

  void begin(@Nullable ClientKey client) {
    if (!places.take(client)) {
      var refusal =
          places.full()
              ? Outcome.refused(503, "too many operations at once")
              : Outcome.refused(429, "too many operations of this client at once");
      throw new RefusedException(refusal.retryAfter(Duration.ofSeconds(1)));
    }
  }

  void end(@Nullable ClientKey client) {
    places.giveBack(client);
  }
}
