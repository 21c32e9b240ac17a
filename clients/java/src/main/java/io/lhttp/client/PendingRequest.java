package io.lhttp.client;

import io.lhttp.client.internal.protocol.Status;
import io.lhttp.client.internal.transport.Timer;
import io.lhttp.message.Message;
import java.util.concurrent.TimeoutException;

/** A sent or queued message that waits for its reply. The client's lock guards it. */
final class PendingRequest {
  /** Receives the reply or the failure. Called at most once, with the client's lock held. */
  interface Waiter {
    void replied(Message reply);

    /**
     * @param why a {@link TimeoutException}, or a {@link ConnectionClosedException}
     */
    void failed(Exception why);
  }

  /** Which reply ends the request, and what the loss of the connection does to it. */
  enum Kind {
    /**
     * The first reply ends the request. A message that was not written yet is sent over the next
     * connection.
     */
    REQUEST,
    /**
     * Like REQUEST, but only a reply with a status ends the request, not an earlier reply of a
     * processor.
     */
    ACKNOWLEDGED,
    /**
     * Like ACKNOWLEDGED, but the loss of the connection ends the request even if it was not written
     * yet.
     */
    COMMAND
  }

  final String id;
  final Kind kind;
  final Waiter waiter;

  /** Whether the message has left the queue. */
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
