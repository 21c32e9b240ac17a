package io.lhttp;

import io.lhttp.message.Message;

/**
 * Handles one command at the end of the chain. One instance serves all connections and threads; if
 * it is {@link AutoCloseable}, the server closes it when its last generation has ended.
 *
 * <p>Its exception refuses the message with 500, or with the status of a {@link RefusedException}.
 */
public interface Processor {
  /**
   * Called for a connection's first message of this command, right before {@link #onMessage}. After
   * an exception or a {@linkplain Exchange#refuse refusal}, {@code onMessage} does not run, and the
   * next message tries again.
   */
  default void onOpen(Exchange exchange) throws Exception {}

  /** Handles a message of this command; may send any number of replies. */
  void onMessage(Exchange exchange) throws Exception;

  /** Called when a connection has ended, if {@link #onOpen} has run for it. */
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
