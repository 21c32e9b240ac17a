package io.lhttp;

import io.lhttp.message.Message;

/**
 * What a command does: the end of the chain. One instance serves all connections and threads. Where
 * it is an {@link AutoCloseable}, it is closed once its last generation has ended.
 *
 * <p>What is thrown refuses the message with 500 (a {@link RefusedException} with its own status).
 */
public interface Processor {
  /**
   * A connection's first message of this command, right before {@link #onMessage}. To throw or to
   * {@linkplain Exchange#refuse refuse} keeps the message from {@code onMessage}, and the next one
   * tries again.
   */
  default void onOpen(Exchange exchange) throws Exception {}

  void onMessage(Exchange exchange) throws Exception;

  /** A connection has ended that {@link #onOpen} was through with. */
  default void onClose(Connection connection) throws Exception {}

  /** As {@link Filter#mayBlock()}. */
  default boolean mayBlock() {
    return !getClass().isAnnotationPresent(NonBlocking.class);
  }

  /** As {@link Filter#mayBlock(Message)}. */
  default boolean mayBlock(Message message) {
    return mayBlock();
  }
}
