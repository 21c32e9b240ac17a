package io.lhttp.internal.chain;

import io.lhttp.Connection;
import io.lhttp.message.Message;
import java.util.concurrent.CompletionStage;

/** Takes the publications of exchanges; see {@link io.lhttp.Exchange#publish}. */
@FunctionalInterface
public interface Publisher {
  /**
   * As {@link io.lhttp.channel.Broker#publish}, with the flush included.
   *
   * @param by the exchange's connection: publications of one turn of its event loop leave together
   */
  CompletionStage<Void> publish(Connection by, String channel, Message message);
}
