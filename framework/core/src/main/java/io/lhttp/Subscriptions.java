package io.lhttp;

import java.util.Set;

/**
 * A connection's subscriptions to channels. Safe for all threads; no method blocks.
 *
 * <p>A subscription is the client's where a message of the client has asked for it and no code has.
 * Filters look at the client's subscriptions again, see {@link Filter#onReview}; code that has
 * subscribed a connection ends that itself.
 */
public interface Subscriptions {
  /** Those of a connection that takes no deliveries: to subscribe does nothing. */
  static Subscriptions none() {
    return NoSubscriptions.INSTANCE;
  }

  /**
   * From now on, messages that are published to these channels are delivered here: to all of them
   * or, where one is refused, to none. To subscribe twice is to subscribe once.
   *
   * <p>Where a history is asked for, each channel is answered with a subscription reply, then with
   * what was asked for, then live; a connection that is subscribed already may ask again.
   *
   * @throws RefusedException 400 for a malformed name, 409 over the limit of channels, 503 where
   *     the broker is out of reach; nothing has changed then
   */
  void subscribe(SubscriptionRequest request);

  /**
   * The opposite; does nothing where there is no subscription. What was published before may still
   * come.
   */
  void unsubscribe(String channel);

  /**
   * Ends a subscription with a word to the client: a message whose header {@code unsubscribed} says
   * which one it was, with {@code status} and {@code error}. Does nothing where there is none.
   */
  void revoke(String channel, Outcome.Refused why);

  /** The channels that the connection is subscribed to, as they are now. */
  Set<String> channels();

  /** Those of them that the client itself has asked for, and no code. */
  Set<String> asked();
}
