package io.lhttp;

import io.lhttp.message.Message;

/**
 * Handles one command at the end of the chain. One instance serves all connections and threads; if
 * it is {@link AutoCloseable}, the server closes it when its last generation has ended. With {@link
 * HandsOver} it passes its state to the instance that replaces it.
 *
 * <p>Its exception refuses the message with 500, or with the status of a {@link RefusedException}.
 */
public interface Processor {
  /**
   * Called for a connection's first message to this instance, right before {@link #onMessage}; an
   * instance that replaces another is opened again. After an exception or a {@linkplain
   * Exchange#refuse refusal}, {@code onMessage} does not run, and the next message tries again.
   *
   * <p>Exactly one {@link #onClose} or {@link #onLeave} follows a successful call.
   */
  default void onOpen(Exchange exchange) throws Exception {}

  /** Handles a message of this command; may send any number of replies. */
  void onMessage(Exchange exchange) throws Exception;

  /**
   * Called when a reload or a rollback has replaced or removed this instance, for each connection
   * for which {@link #onOpen} had run and that stays open. By default it calls {@link #onClose}.
   *
   * <p>The connection does not wait for a call that takes longer than 10 seconds.
   */
  default void onLeave(Connection connection) throws Exception {
    onClose(connection);
  }

  /** Called when a connection has ended for which {@link #onOpen} had run. */
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
