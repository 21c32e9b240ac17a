package io.lhttp;

import java.time.Duration;
import java.util.Optional;

/**
 * The result of a message in the chain. Every filter returns one, so that an outer filter sees the
 * inner filter's.
 */
public sealed interface Outcome {
  /** The message was handled. */
  static Outcome done() {
    return Done.HANDLED;
  }

  /**
   * The server replies with this status and an empty body.
   *
   * @param status 400 to 599
   * @param reason one line for people, which the client gets. Control characters are escaped, and
   *     the text is cut after 1 KiB of UTF-8
   */
  static Refused refused(int status, String reason) {
    return new Refused(status, reason, Optional.empty());
  }

  /** The server closes the connection. */
  static Closed closed(CloseStatus code) {
    return new Closed(code);
  }

  /**
   * All filters and the processor have run.
   *
   * @param handled false if the command has no processor and no filter acted on a header, such as
   *     {@code subscribe}. If nothing was sent either, the server replies with 404
   */
  record Done(boolean handled) implements Outcome {
    public static final Done HANDLED = new Done(true);
    public static final Done UNHANDLED = new Done(false);
  }

  /**
   * A link refused the message.
   *
   * @param status 400 to 599
   * @param reason one line for people, of at most 1 KiB, which the client gets. Control characters
   *     are escaped, and a longer text ends with an ellipsis
   * @param retryAfter the pause before another attempt, between zero and {@link #LONGEST_PAUSE}. A
   *     value outside becomes the nearer bound; the client gets whole seconds, rounded up
   */
  record Refused(int status, String reason, Optional<Duration> retryAfter) implements Outcome {
    /** The longest pause that the server asks of a client. */
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

    /** The pause as the client gets it: in whole seconds, rounded up. */
    public Optional<Long> retryAfterSeconds() {
      return retryAfter.map(pause -> pause.plusNanos(999_999_999).toSeconds());
    }
  }

  /** The server closes the connection. */
  record Closed(CloseStatus code) implements Outcome {}
}
