package io.lhttp.nats.internal.link;

import io.lhttp.Outcome;
import io.lhttp.RefusedException;
import java.time.Duration;

/** The refusals that a publisher gets while NATS or JetStream is out of reach. */
public final class Refusals {
  /** The pause after which a client may publish again. */
  private static final Duration PAUSE = Duration.ofSeconds(1);

  private Refusals() {}

  /** Refuses with 503, because NATS can't be reached. */
  public static RefusedException brokerAway() {
    return new RefusedException(
        Outcome.refused(503, "the broker is out of reach").retryAfter(PAUSE));
  }

  /** Refuses with 429, because too many publications of this client wait for NATS. */
  public static RefusedException clientShare() {
    return new RefusedException(
        Outcome.refused(429, "too many publications of this client wait for the broker")
            .retryAfter(PAUSE));
  }

  /** Refuses with 503, because NATS is reached, but JetStream or the stream is missing. */
  public static RefusedException noHistory() {
    return new RefusedException(
        Outcome.refused(503, "the broker keeps no history now: JetStream is missing")
            .retryAfter(PAUSE));
  }

  /** Refuses with 413, because the message is too long for NATS or JetStream. */
  public static RefusedException tooLarge() {
    return new RefusedException(413, "the message is larger than the broker takes");
  }
}
