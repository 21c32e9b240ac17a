package io.lhttp.client;

import io.lhttp.client.internal.protocol.CloseCodes;
import java.time.Duration;
import java.util.Optional;

/**
 * How a connection ended, or an attempt to open one failed.
 *
 * @param code the close code: the server's own, 1000 if this client closed, 1006 if there was none
 *     (connection refused, cut or silent). A refused handshake has the code that means the same:
 *     4401 for HTTP's 401, 4403 for 403, 4429 for 429, 1001 for 503
 * @param reason for people; it may contain text of the server, so escape it before you log it
 * @param retryIn the pause before the next attempt; empty if the client has closed for good
 * @param cause the exception of the JDK's client, if there was one
 */
public record Closed(
    int code, String reason, Optional<Duration> retryIn, Optional<Throwable> cause) {
  /** The result of {@link LhttpClient#close}. */
  static Closed byClient() {
    return new Closed(
        CloseCodes.NORMAL, "closed by this client", Optional.empty(), Optional.empty());
  }
}
