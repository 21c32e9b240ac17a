package io.lhttp.client;

import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/**
 * One callback's interest in one channel, renewed after every reconnect. Several subscriptions to a
 * channel are one to the server. Safe for all threads.
 */
public final class Subscription {
  private final ClientConnection connection;
  private final String channel;
  private final Consumer<Delivery> callback;
  private final CompletableFuture<Void> ready = new CompletableFuture<>();
  private final CompletableFuture<Void> left = new CompletableFuture<>();

  /** False once it has ended; written under the client's lock. */
  volatile boolean active = true;

  Subscription(ClientConnection connection, String channel, Consumer<Delivery> callback) {
    this.connection = connection;
    this.channel = channel;
    this.callback = callback;
  }

  public String channel() {
    return channel;
  }

  /**
   * Completes once the server has the subscription: messages that are published from then on are
   * delivered. Meanwhile the client goes on asking if the refusal may pass (429, 500, 502 to 504)
   * or no answer comes in the client's request time-out.
   *
   * <p>Fails with {@link RequestRefusedException} if the server refuses otherwise, which ends the
   * subscription, and with {@link ConnectionClosedException} if the client closes before. Is
   * cancelled by {@link #unsubscribe}.
   */
  public CompletableFuture<Void> ready() {
    return ready.copy();
  }

  /**
   * Ends the subscription: after this returns the callback does not begin again, though it may be
   * running. The client tells the server until the server has taken it, and drops deliveries that
   * come meanwhile. The second call does nothing.
   *
   * @return completes once the server has taken it, or when the connection is lost, the channel is
   *     subscribed to again, or the server refuses for good, which {@link Listener#onError}
   *     reports. Never fails
   */
  public CompletableFuture<Void> unsubscribe() {
    connection.unsubscribe(this);
    return left.copy();
  }

  void confirm() {
    connection.complete(() -> ready.complete(null));
  }

  void fail(Exception why) {
    connection.complete(() -> ready.completeExceptionally(why));
  }

  void end() {
    active = false;
    connection.complete(() -> ready.cancel(false));
  }

  void left() {
    connection.complete(() -> left.complete(null));
  }

  void deliver(Delivery delivery) {
    if (active) {
      callback.accept(delivery);
    }
  }
}
