package io.lhttp.nats.internal.link;

import io.lhttp.Outcome;
import io.lhttp.RefusedException;
import java.time.Duration;

/** The refusals that a publisher gets while NATS or JetStream is missing. */
public final class Refusals {
  /** The time after which a client may publish again. */
  private static final Duration PAUSE = Duration.ofSeconds(1);

  private Refusals() {}

  /** NATS can't be reached. */
  public static RefusedException brokerAway() {
    return new RefusedException(
        Outcome.refused(503, "the broker is out of reach").retryAfter(PAUSE));
  }

  /** NATS is reached, but JetStream or the stream is missing. */
  public static RefusedException noHistory() {
    return new RefusedException(
        Outcome.refused(503, "the broker keeps no history now: JetStream is missing")
            .retryAfter(PAUSE));
  }

  /** NATS or JetStream takes no message of this length. */
  public static RefusedException tooLarge() {
    return new RefusedException(413, "the message is larger than the broker takes");
  }
}
