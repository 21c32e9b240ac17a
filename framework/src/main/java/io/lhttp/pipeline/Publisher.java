package io.lhttp.pipeline;

import io.lhttp.message.Message;
import java.util.concurrent.CompletionStage;

/** Where an exchange publishes to; see {@link io.lhttp.Exchange#publish}. */
@FunctionalInterface
public interface Publisher {
  /** As {@link io.lhttp.pubsub.Broker#publish}. */
  CompletionStage<Void> publish(String channel, Message message);
}
