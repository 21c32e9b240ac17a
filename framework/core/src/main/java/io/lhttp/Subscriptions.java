package io.lhttp;

import java.util.Set;

/**
 * A connection's subscriptions to channels. All threads may use it, and no method blocks.
 *
 * <p>A subscription is the client's if a message of the client requested it and the server's code
 * did not. Filters review the client's subscriptions, see {@link Filter#onReview}. The server's
 * code ends its subscriptions itself.
 */
public interface Subscriptions {
  /**
   * Returns the subscriptions of a connection that takes no deliveries; subscribing does nothing.
   */
  static Subscriptions none() {
    return NoSubscriptions.INSTANCE;
  }

  /**
   * Subscribes to all of the channels, or to none if one is refused. Later publications are
   * delivered; a second subscription to a channel changes nothing.
   *
   * <p>With a history request, each channel gets a subscription reply, then the requested entries,
   * then live deliveries. A subscribed connection may request the history again.
   *
   * @throws RefusedException 400 for a malformed name, 409 over the limit of channels, 503 if the
   *     broker is out of reach; there is no change then
   */
  void subscribe(SubscriptionRequest request);

  /**
   * Ends a subscription; does nothing without one. Messages that were published before may still
   * arrive.
   */
  void unsubscribe(String channel);

  /**
   * Ends a subscription and notifies the client by a message with the header {@code unsubscribed},
   * {@code status} and {@code error}. Does nothing without a subscription.
   */
  void revoke(String channel, Outcome.Refused why);

  /** The channels that the connection is subscribed to. */
  Set<String> channels();

  /**
   * The channels that the client itself has requested, without those that the server's code
   * subscribed to.
   */
  Set<String> asked();

  /**
   * Lets an account count this connection's subscriptions from now on, those included that there
   * are. Each end of a subscription is counted, and so is the end of the connection. Does nothing
   * if the account counts them already, or after the connection's end.
   */
  default void count(SubscriptionAccount account) {}

  /** Takes all subscriptions of this connection off an account, which counts them no more. */
  default void uncount(SubscriptionAccount account) {}
}
