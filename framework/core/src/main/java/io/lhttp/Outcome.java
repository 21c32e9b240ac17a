package io.lhttp;

import java.time.Duration;
import java.util.Optional;

/** What became of a message. Every filter returns one, so an outer filter sees the inner one's. */
public sealed interface Outcome {
  /** The message did what it asked for. */
  static Outcome done() {
    return Done.HANDLED;
  }

  /**
   * The message is answered with this status and an empty body.
   *
   * @param status 400 to 599
   * @param reason one line for people; it is sent to the client. Control characters are escaped,
   *     and what is beyond 1 KiB of UTF-8 is left out
   */
  static Refused refused(int status, String reason) {
    return new Refused(status, reason, Optional.empty());
  }

  /** The connection is closed. */
  static Closed closed(CloseStatus code) {
    return new Closed(code);
  }

  /**
   * All filters and the processor are through.
   *
   * @param handled false where there was no processor and no header has done anything yet; where it
   *     stays so and nothing was sent, the message is answered with 404
   */
  record Done(boolean handled) implements Outcome {
    public static final Done HANDLED = new Done(true);
    public static final Done UNHANDLED = new Done(false);
  }

  /**
   * The message was refused.
   *
   * @param status 400 to 599
   * @param reason one line for people, of at most 1 KiB; it is sent to the client. Control
   *     characters that it is made with are escaped, and a longer one ends with an ellipsis
   * @param retryAfter when it may be worth trying again, between now and {@link #LONGEST_PAUSE}; a
   *     time beyond these becomes the nearer of them. Sent in whole seconds, rounded up
   */
  record Refused(int status, String reason, Optional<Duration> retryAfter) implements Outcome {
    /** One day. A client that has waited for so long may well ask again. */
    public static final Duration LONGEST_PAUSE = Duration.ofDays(1);

    public Refused {
      if (status < 400 || status > 599) {
        throw new IllegalArgumentException(
            "a refusal's status lies between 400 and 599: " + status);
      }
      reason = ReasonLine.of(reason);
      retryAfter = retryAfter.map(Refused::bounded);
    }

    private static Duration bounded(Duration pause) {
      if (pause.isNegative()) {
        return Duration.ZERO;
      }
      return pause.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : pause;
    }

    public Refused retryAfter(Duration pause) {
      return new Refused(status, reason, Optional.of(pause));
    }

    /** The pause as it is sent: whole seconds, rounded up. */
    public Optional<Long> retryAfterSeconds() {
      return retryAfter.map(pause -> pause.plusNanos(999_999_999).toSeconds());
    }
  }

  /** The connection is to be closed. */
  record Closed(CloseStatus code) implements Outcome {}
}
