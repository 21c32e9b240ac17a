package io.lhttp.client;

import io.lhttp.message.Message;

/**
 * What a client tells its user. All callbacks of a client, those of its subscriptions included, run
 * one at a time, in the order of the events, on the client's executor. They may block: meanwhile at
 * most 256 messages or a megabyte of them wait, then reading from the connection pauses, and the
 * server decides what becomes of a slow client. What a callback throws goes to {@link #onError}.
 */
public interface Listener {
  /**
   * A connection is open, the first one or another. Subscriptions are renewed by themselves. What
   * was published while there was no connection follows where the channel has a history, and is
   * lost where it has none.
   */
  default void onOpen(LhttpClient client) {}

  /**
   * A message that is neither the reply to a pending request nor a delivery of a subscribed
   * channel: replies and refusals without an {@code id}, further replies to one request.
   */
  default void onMessage(LhttpClient client, Message message) {}

  /**
   * Messages of a channel are lost to this client: the server has dropped them because it was too
   * slow, or, after a reconnect, no longer remembered all that it had missed. What comes next of
   * the channel comes after the gap. A client that keeps state reads it anew.
   */
  default void onGap(LhttpClient client, Gap gap) {}

  /**
   * The connection is closed, or an attempt to open one has failed; {@link Closed#retryIn} says
   * whether there will be another. If not, this is the last callback.
   */
  default void onClose(LhttpClient client, Closed closed) {}

  /**
   * Something went wrong that no call can be told of: the server sent a malformed message ({@link
   * io.lhttp.message.ProtocolException}), which was dropped, or a callback threw. Logged unless
   * this is overridden.
   */
  default void onError(LhttpClient client, Throwable error) {
    System.getLogger(LhttpClient.class.getPackageName())
        .log(System.Logger.Level.ERROR, "an LHTTP client goes on after an error", error);
  }

  /**
   * The server no longer allows a subscription, which has ended with that: after a reconnect, or
   * because rights were taken away meanwhile. Refusals that may pass (429, and 500 and above) don't
   * come here: they are tried again.
   */
  default void onSubscriptionLost(
      LhttpClient client, Subscription subscription, RequestRefusedException refusal) {}
}
