package io.lhttp.client;

import io.lhttp.message.Message;

/**
 * The callbacks for events of a client's connection. All callbacks of a client, including those of
 * its subscriptions, run one at a time, in the order of the events, on the client's executor.
 *
 * <p>Callbacks may block. Meanwhile at most 256 messages, or a megabyte of them, wait in the
 * client. Then the client stops reading from the connection, and the server's policy for slow
 * consumers decides. An exception of a callback is passed to {@link #onError}.
 */
public interface Listener {
  /**
   * Called when a connection is open, the first or a later one. The client renews its subscriptions
   * by itself. Messages that were published while there was no connection follow if their channel
   * has a history; otherwise they are lost.
   */
  default void onOpen(LhttpClient client) {}

  /**
   * Called for a message that is neither the reply to a pending request nor a delivery of a
   * subscribed channel. Examples are replies and refusals without an {@code id}, and further
   * replies to one request.
   */
  default void onMessage(LhttpClient client, Message message) {}

  /**
   * Called when this client has lost messages of a channel. Either the server dropped them because
   * the client read too slowly, or the server no longer had all of them after a reconnect. The next
   * message of the channel comes after the gap. A client that keeps state should read that state
   * again.
   */
  default void onGap(LhttpClient client, Gap gap) {}

  /**
   * Called when the connection was closed, or an attempt to open one has failed. {@link
   * Closed#retryIn} is the pause before the next attempt; if it is empty, this is the client's last
   * callback.
   */
  default void onClose(LhttpClient client, Closed closed) {}

  /**
   * Called for an error that no call of the client reports; the default logs it. The error is one
   * of these: the server has sent a malformed message ({@link io.lhttp.message.ProtocolException}),
   * which was dropped; the server has refused an {@code unsubscribe} ({@link
   * RequestRefusedException}); a token source or a callback has thrown.
   */
  default void onError(LhttpClient client, Throwable error) {
    System.getLogger(LhttpClient.class.getPackageName())
        .log(System.Logger.Level.ERROR, "an LHTTP client goes on after an error", error);
  }

  /**
   * Called when the server has refused a subscription, or no longer allows it, so that the
   * subscription has ended. A temporary refusal (429, 500, 502 to 504) does not cause a call,
   * because the client repeats the request.
   */
  default void onSubscriptionLost(
      LhttpClient client, Subscription subscription, RequestRefusedException refusal) {}

  /**
   * Called when the server's code has subscribed this client to a channel, see {@link
   * LhttpClient#serverSubscriptions}.
   */
  default void onServerSubscribed(LhttpClient client, String channel) {}

  /**
   * Called when a subscription that the server's code has made has ended: the server has ended it,
   * or has refused it after a reconnect.
   */
  default void onServerUnsubscribed(
      LhttpClient client, String channel, RequestRefusedException why) {}
}
