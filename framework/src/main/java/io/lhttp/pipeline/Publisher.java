package io.lhttp.pipeline;

import io.lhttp.message.Message;

/** Where an exchange publishes to; see {@link io.lhttp.Exchange#publish}. */
@FunctionalInterface
public interface Publisher {
  void publish(String channel, Message message);
}
