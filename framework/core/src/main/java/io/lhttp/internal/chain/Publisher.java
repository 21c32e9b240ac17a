package io.lhttp.internal.chain;

import io.lhttp.Connection;
import io.lhttp.message.Message;
import java.util.concurrent.CompletionStage;

/** Where an exchange publishes to; see {@link io.lhttp.Exchange#publish}. */
@FunctionalInterface
public interface Publisher {
  /**
   * As {@link io.lhttp.channel.Broker#publish}, but for the flush: it follows by itself.
   *
   * @param by whose exchange it is: what is published in one turn of its event loop goes out
   *     together
   */
  CompletionStage<Void> publish(Connection by, String channel, Message message);
}
