package io.lhttp.client;

import io.lhttp.message.Message;

/**
 * The callbacks for events of a client's connection. All callbacks of a client, including those of
 * its subscriptions, run one at a time, in the order of the events, on the client's executor.
 *
 * <p>They may block. At most 256 messages or a megabyte of them then wait. Beyond that, reading
 * from the connection pauses, and the server's policy for slow consumers decides. An exception of a
 * callback goes to {@link #onError}.
 */
public interface Listener {
  /**
   * A connection is open, the first or a later one. The client renews subscriptions by itself.
   * Messages that were published while there was no connection follow if the channel has a history,
   * and are lost if it has none.
   */
  default void onOpen(LhttpClient client) {}

  /**
   * A message that is neither the reply to a pending request nor a delivery of a subscribed
   * channel: replies and refusals without an {@code id}, further replies to one request.
   */
  default void onMessage(LhttpClient client, Message message) {}

  /**
   * Messages of a channel are lost to this client: the server dropped them because the client was
   * too slow, or no longer had all of them after a reconnect. The next message of the channel comes
   * after the gap. A client that keeps state should read it again.
   */
  default void onGap(LhttpClient client, Gap gap) {}

  /**
   * The connection is closed, or an attempt to open one has failed; {@link Closed#retryIn} is the
   * pause before the next attempt. If there is none, this is the last callback.
   */
  default void onClose(LhttpClient client, Closed closed) {}

  /**
   * An error that no call reports; logged unless this is overridden. The server has sent a
   * malformed message ({@link io.lhttp.message.ProtocolException}), which was dropped, or has
   * refused an {@code unsubscribe} ({@link RequestRefusedException}); a token source or a callback
   * has thrown.
   */
  default void onError(LhttpClient client, Throwable error) {
    System.getLogger(LhttpClient.class.getPackageName())
        .log(System.Logger.Level.ERROR, "an LHTTP client goes on after an error", error);
  }

  /**
   * The server has refused a subscription, or no longer allows it, and the subscription has ended.
   * Temporary refusals (429, 500, 502 to 504) don't cause a call, because the client repeats the
   * request.
   */
  default void onSubscriptionLost(
      LhttpClient client, Subscription subscription, RequestRefusedException refusal) {}
}
