package io.lhttp.spring;

import io.lhttp.message.Message;

/**
 * Publishes messages to channels, from any bean. The messages do not run through the chain. Any
 * thread may call it, but no event loop.
 */
@FunctionalInterface
public interface LhttpPublisher {
  /**
   * Publishes a message to the subscribers of a channel. If another server stores the channel, the
   * call blocks until that server has stored the message, some seconds at most.
   *
   * @throws io.lhttp.RefusedException if the message or the channel is refused, or 503 if it is not
   *     certain that the message was stored
   * @throws IllegalStateException if the server does not run
   */
  void publish(String channel, Message message);
}
