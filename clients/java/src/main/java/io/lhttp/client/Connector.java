package io.lhttp.client;

import io.lhttp.client.internal.protocol.CloseCodes;
import io.lhttp.client.internal.protocol.RetryPolicy;
import io.lhttp.client.internal.transport.Environment;
import io.lhttp.client.internal.transport.Timer;
import io.lhttp.client.internal.transport.Transport;
import java.time.Duration;
import java.util.Optional;

/**
 * Makes the attempts to connect: gets the token, creates a transport, and schedules the next
 * attempt. The client's lock guards the state, but is not held during an attempt. Attempts run one
 * at a time.
 */
final class Connector {
  /**
   * A connection that was open for this long counts as steady. After its loss, the pauses begin
   * with the shortest again.
   */
  static final Duration STEADY = Duration.ofSeconds(10);

  private final ClientConnection connection;
  private final ClientOptions options;
  private final Environment environment;
  private final Timer timer;
  private final Token token;
  private final RetryPolicy retries;
  private long openedAt;
  private int attempts;
  private Timer.Cancel nextAttempt = () -> {};
  private Timer.Cancel handshakeTimeout = () -> {};

  Connector(ClientConnection connection, ClientOptions options, Environment environment) {
    this.connection = connection;
    this.options = options;
    this.environment = environment;
    this.timer = environment.timer();
    this.token = options.token().fresh();
    this.retries =
        new RetryPolicy(
            options.reconnect(), options.backoffBase(), options.backoffMax(), environment.random());
  }

  /** Begins an attempt, on the executor, because the application's token source may block. */
  void connect() {
    options.executor().execute(this::attempt);
  }

  /** Called when the handshake of a transport begins. */
  void opening(Transport transport) {
    var timeout = options.connectTimeout();
    var reason = "the handshake took more than " + timeout;
    handshakeTimeout =
        timer.after(timeout, () -> transport.abort(CloseCodes.ABNORMAL, reason, Optional.empty()));
  }

  void opened() {
    handshakeTimeout.cancel();
    openedAt = timer.nanoTime();
  }

  /**
   * Called when the connection is lost, or an attempt has failed.
   *
   * @param wasOpen whether the connection was open
   * @return the pause before the next attempt; empty if there is no further attempt
   */
  Optional<Duration> lost(boolean wasOpen, int code, String reason) {
    handshakeTimeout.cancel();
    if (wasOpen && timer.nanoTime() - openedAt >= STEADY.toNanos()) {
      attempts = 0;
    }
    if (token.lost(code)) {
      return Optional.empty();
    }
    return retries.reconnectIn(code, reason, attempts++);
  }

  void connectIn(Duration pause) {
    nextAttempt = timer.after(pause, this::connect);
  }

  void cancel() {
    nextAttempt.cancel();
    handshakeTimeout.cancel();
  }

  /** Returns the pause before a refused message is sent again. */
  Duration retryPause(Optional<Duration> retryAfter, int attempt) {
    return retries.pause(retryAfter, attempt);
  }

  private void attempt() {
    if (!connection.connecting()) {
      return;
    }
    Transport next;
    try {
      if (!token.renew()) {
        connection.tokenRefused();
        return;
      }
      next = environment.transports().create(options.transport(), timer, token.value(), connection);
    } catch (Throwable e) { // a token source in Kotlin may throw anything
      connection.notTried(e);
      return;
    }
    if (connection.use(next)) {
      next.open();
    } else {
      next.abort(CloseCodes.NORMAL, "", Optional.empty());
    }
  }
}
