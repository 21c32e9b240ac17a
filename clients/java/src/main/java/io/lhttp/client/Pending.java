package io.lhttp.client;

import io.lhttp.message.Message;
import java.util.concurrent.TimeoutException;

/** A message that waits for its reply. Guarded by its client's lock. */
final class Pending {
  /** Who wants to know. Called once at most, under the client's lock. */
  interface Waiter {
    void replied(Message reply);

    /**
     * @param why a {@link TimeoutException}, or a {@link ConnectionClosedException}
     */
    void failed(Exception why);
  }

  /** What is asked for. */
  enum Kind {
    /** The first reply counts, and it may be asked over the next connection. */
    REQUEST,
    /** As a request, but only the acknowledgement counts, not what a processor sends before it. */
    ACKNOWLEDGED,
    /** As an acknowledged one, but it makes no sense over another connection. */
    CONTROL
  }

  final String id;
  final Kind kind;
  final Waiter waiter;

  /** Whether it has left the queue. */
  private boolean sent;

  private Timer.Cancel timeout = () -> {};

  Pending(String id, Kind kind, Waiter waiter) {
    this.id = id;
    this.kind = kind;
    this.waiter = waiter;
  }

  void timeout(Timer.Cancel timeout) {
    this.timeout = timeout;
  }

  void cancelTimeout() {
    timeout.cancel();
  }

  void send() {
    sent = true;
  }

  boolean sent() {
    return sent;
  }

  boolean endsWithConnection() {
    return sent || kind == Kind.CONTROL;
  }

  boolean accepts(Message reply) {
    return kind == Kind.REQUEST || Status.of(reply).isPresent();
  }
}
