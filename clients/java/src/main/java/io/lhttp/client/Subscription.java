package io.lhttp.client;

import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/**
 * One callback's interest in one channel, renewed after every reconnect. Several subscriptions to a
 * channel are one to the server. Safe for all threads.
 */
public final class Subscription {
  private final Link link;
  private final String channel;
  private final Consumer<Delivery> callback;
  private final CompletableFuture<Void> ready = new CompletableFuture<>();

  /** Whether {@link #ready} has its result or is about to; guarded by the client's lock. */
  private boolean settled;

  /** False once it has ended; written under the client's lock. */
  volatile boolean active = true;

  Subscription(Link link, String channel, Consumer<Delivery> callback) {
    this.link = link;
    this.channel = channel;
    this.callback = callback;
  }

  public String channel() {
    return channel;
  }

  /**
   * Completes once the server has acknowledged the subscription: what is published from then on is
   * delivered. A rate limit (429) and a server that can't serve now (503) are waited for. Fails
   * with {@link RequestRefusedException} where the server refuses otherwise, which ends the
   * subscription; with {@link java.util.concurrent.TimeoutException} where the server does not
   * answer in the client's request time-out, which does not end it: the server is asked again; with
   * {@link ConnectionClosedException} where the client ends before. Is cancelled by {@link
   * #unsubscribe}.
   */
  public CompletableFuture<Void> ready() {
    return ready.copy();
  }

  /**
   * Ends it: after this returns the callback does not begin again, though it may be running. The
   * second call does nothing.
   *
   * @throws QueueFullException where the send queue is full; the subscription goes on then
   */
  public void unsubscribe() {
    link.unsubscribe(this);
  }

  /** Whether the server's answer is still awaited. Under the client's lock, as the next three. */
  boolean waiting() {
    return !settled;
  }

  void confirm() {
    settled = true;
    link.complete(() -> ready.complete(null));
  }

  void fail(Exception why) {
    settled = true;
    link.complete(() -> ready.completeExceptionally(why));
  }

  void end() {
    active = false;
    settled = true;
    link.complete(() -> ready.cancel(false));
  }

  void deliver(Delivery delivery) {
    if (active) {
      callback.accept(delivery);
    }
  }
}
