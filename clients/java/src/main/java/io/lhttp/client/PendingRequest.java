package io.lhttp.client;

import io.lhttp.client.internal.protocol.Status;
import io.lhttp.client.internal.transport.Timer;
import io.lhttp.message.Message;
import java.util.concurrent.TimeoutException;

/** A message that waits for its reply. Guarded by its client's lock. */
final class PendingRequest {
  /** Takes the reply. Called once at most, under the client's lock. */
  interface Waiter {
    void replied(Message reply);

    /**
     * @param why a {@link TimeoutException}, or a {@link ConnectionClosedException}
     */
    void failed(Exception why);
  }

  /** Which reply ends the request, and on which connection. */
  enum Kind {
    /** The first reply counts; a message that still waits is sent over the next connection. */
    REQUEST,
    /** Like REQUEST, but only a reply with a status counts, not an earlier one of a processor. */
    ACKNOWLEDGED,
    /** Like ACKNOWLEDGED, but the end of the connection ends it. */
    COMMAND
  }

  final String id;
  final Kind kind;
  final Waiter waiter;

  /** Whether it has left the queue. */
  private boolean sent;

  private Timer.Cancel timeout = () -> {};

  PendingRequest(String id, Kind kind, Waiter waiter) {
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
    return sent || kind == Kind.COMMAND;
  }

  boolean accepts(Message reply) {
    return kind == Kind.REQUEST || Status.of(reply).isPresent();
  }
}
