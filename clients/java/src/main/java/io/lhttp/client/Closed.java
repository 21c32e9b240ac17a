package io.lhttp.client;

import java.time.Duration;
import java.util.Optional;

/**
 * How a connection ended, or an attempt to open one failed.
 *
 * @param code the close code: the server's own, 1000 if this client closed, 1006 if there was none
 *     (connection refused, cut or silent). A refused handshake has the code that means the same:
 *     4401 for HTTP's 401, 4403 for 403, 4429 for 429, 1001 for 503
 * @param reason for people; may hold what the server sent, so escape it before it is logged
 * @param retryIn when the next attempt begins; empty if the client has closed for good
 * @param cause the exception of the JDK's client, if there was one
 */
public record Closed(
    int code, String reason, Optional<Duration> retryIn, Optional<Throwable> cause) {
  static final int NORMAL = 1000;
  static final int GOING_AWAY = 1001;
  static final int ABNORMAL = 1006;
  static final int MALFORMED = 1007;
  static final int TOO_BIG = 1009;
  static final int UNAUTHENTICATED = 4401;
  static final int FORBIDDEN = 4403;
  static final int RATE_LIMIT = 4429;

  /** Returns the close code that corresponds to the status of a refused handshake. */
  static int ofHandshake(int status) {
    return switch (status) {
      case 401 -> UNAUTHENTICATED;
      case 403 -> FORBIDDEN;
      case 429 -> RATE_LIMIT;
      case 503 -> GOING_AWAY;
      default -> ABNORMAL;
    };
  }

  /** The end by {@link LhttpClient#close}. */
  static Closed byClient() {
    return new Closed(NORMAL, "closed by this client", Optional.empty(), Optional.empty());
  }
}
