package io.lhttp.client;

import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/**
 * One callback's subscription to a channel, renewed after every reconnect. To the server, several
 * subscriptions to a channel are one. All threads may use it.
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
   * Completes once the server has accepted the subscription: later messages are delivered. Until
   * then the client repeats the request after a temporary refusal (429, 500, 502 to 504), or
   * without an answer in the client's request time-out.
   *
   * <p>Fails with {@link RequestRefusedException} after another refusal, which ends the
   * subscription, and with {@link ConnectionClosedException} if the client closes before. {@link
   * #unsubscribe} cancels it.
   */
  public CompletableFuture<Void> ready() {
    return ready.copy();
  }

  /**
   * Ends the subscription: afterwards the callback does not begin again, although it may be
   * running. The client repeats {@code unsubscribe} until the server accepts it, and drops
   * deliveries in that time. A second call does nothing.
   *
   * @return completes once the server has accepted it. Also completes when the connection is lost,
   *     the application subscribes again, or the server refuses permanently, which {@link
   *     Listener#onError} reports. Never fails
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
