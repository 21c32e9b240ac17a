package io.lhttp.internal.chain;

import io.lhttp.Connection;
import io.lhttp.message.Message;
import java.util.concurrent.CompletionStage;

/** Takes the publications of exchanges; see {@link io.lhttp.Exchange#publish}. */
@FunctionalInterface
public interface Publisher {
  /**
   * As {@link io.lhttp.channel.Broker#publish}; the publisher also calls {@code flush}.
   *
   * @param by the exchange's connection. Publications that its event loop makes in one turn leave
   *     together
   */
  CompletionStage<Void> publish(Connection by, String channel, Message message);
}
