package io.lhttp.internal.chain;

import io.lhttp.Connection;
import io.lhttp.message.Message;
import io.lhttp.tracing.Span;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** Takes the publications of exchanges, see {@link io.lhttp.Exchange#publish}, and traces them. */
@FunctionalInterface
public interface Publisher {
  /**
   * As {@link io.lhttp.channel.Broker#publish}; the publisher also calls {@code flush}.
   *
   * @param by the exchange's connection. Publications that its event loop makes in one turn leave
   *     together
   */
  CompletionStage<Void> publish(Connection by, String channel, Message message);

  /**
   * As {@link #publish(Connection, String, Message)}.
   *
   * @param within the span of the exchange
   */
  default CompletionStage<Void> publish(
      Connection by, String channel, Message message, Span within) {
    return publish(by, channel, message);
  }

  /**
   * Begins the span of a message; null without tracing. The exchange ends it.
   *
   * @param pipeline the chain that runs the message
   */
  default @Nullable Span begin(Connection by, Message received, Pipeline pipeline) {
    return null;
  }
}
