package io.lhttp.client;

import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/**
 * The subscription of one callback to a channel. The client renews it after every reconnect. The
 * server sees several subscriptions of a client to one channel as one. All threads may use it.
 */
public final class Subscription {
  private final ClientConnection connection;
  private final String channel;
  private final Consumer<Delivery> callback;
  private final CompletableFuture<Void> ready = new CompletableFuture<>();
  private final CompletableFuture<Void> left = new CompletableFuture<>();

  /** False once the subscription has ended. Written with the client's lock held. */
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
   * Completes once the server has accepted the subscription, so that later messages are delivered.
   * Until then the client repeats the request after a temporary refusal (429, 500, 502 to 504), or
   * if no answer came within the request time-out.
   *
   * <p>Fails with {@link RequestRefusedException} after another refusal, which ends the
   * subscription, and with {@link ConnectionClosedException} if the client is closed before. {@link
   * #unsubscribe} cancels the future.
   */
  public CompletableFuture<Void> ready() {
    return ready.copy();
  }

  /**
   * Ends the subscription. Afterwards the callback does not begin again, although it may still be
   * running. The client repeats {@code unsubscribe} until the server accepts it, and drops
   * deliveries that arrive in the meantime. A second call does nothing.
   *
   * @return completes once the server has accepted {@code unsubscribe}. It also completes when the
   *     connection is lost, the application subscribes again, or the server refuses for good, which
   *     is reported by {@link Listener#onError}. Never fails
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
