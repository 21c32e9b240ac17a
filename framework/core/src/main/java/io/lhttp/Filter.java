package io.lhttp;

import io.lhttp.message.Message;

/**
 * A link of the chain. One instance serves all connections and threads; if it is {@link
 * AutoCloseable}, the server closes it when its last generation has ended. With {@link HandsOver}
 * it passes its state to the instance that replaces it.
 *
 * <p>A filter may block everywhere, see {@link NonBlocking}. Its exception refuses the message with
 * 500, or with the status of a {@link RefusedException}, so that no message passes a filter that
 * failed.
 */
public interface Filter {
  /**
   * Called for a new connection, before its first message. An exception closes the connection.
   *
   * <p>Exactly one {@link #onClose} or {@link #onLeave} follows each successful {@code onOpen} or
   * {@link #onJoin} of an instance. An instance with one of these two methods gets no end for a
   * connection for which neither was called. An instance without both gets {@code onClose} for each
   * connection that ends while it serves.
   */
  default void onOpen(Connection connection) throws Exception {}

  /**
   * Called for a connection that was open before a reload or a rollback brought this instance into
   * the chain, before its first message here. Not called for an instance that was carried over. A
   * filter that does not override it costs nothing for open connections.
   *
   * <p>After a reload the server calls it for up to 64 connections per 10 ms, or earlier if a
   * connection sends a message, on a thread that may block. An exception closes the connection, and
   * so does a call that takes longer than 10 seconds.
   */
  default void onJoin(Connection connection) throws Exception {}

  /**
   * Handles a message. Code before {@code chain.proceed(exchange)} runs on the way in, code after
   * it on the way out. A filter that does not proceed returns the outcome.
   */
  default Outcome filter(Exchange exchange, Chain chain) throws Exception {
    return chain.proceed(exchange);
  }

  /**
   * Reviews an open connection: after a reload that added or replaced this filter, or after {@link
   * Connection#authenticate} changed the user. The filter may close the connection, or {@linkplain
   * Subscriptions#revoke revoke} subscriptions that the client {@linkplain Subscriptions#asked
   * requested}.
   *
   * <p>Runs between two of the connection's messages, on a thread that may block. A {@link
   * RefusedException} with 503 asks for another review later; any other exception closes the
   * connection, and so does a call that takes longer than 10 seconds.
   */
  default void onReview(Connection connection) throws Exception {}

  /**
   * Called when a reload or a rollback has taken this instance out of the chain of a connection
   * that stays open, after its last message here. By default it calls {@link #onClose}, if {@link
   * #onOpen} or {@link #onJoin} was called.
   *
   * <p>The server closes the instance after these calls, or after 30 seconds. It logs an exception.
   * The connection does not wait for a call that takes longer than 10 seconds.
   */
  default void onLeave(Connection connection) throws Exception {
    onClose(connection);
  }

  /** Called when a connection has ended, after its last exchange; see {@link #onOpen}. */
  default void onClose(Connection connection) throws Exception {}

  /**
   * Whether messages may make the filter wait. The server asks once, when it builds a chain. The
   * default is true, unless the class is {@link NonBlocking}; override the method if the answer
   * depends on the instance.
   */
  default boolean mayBlock() {
    return !getClass().isAnnotationPresent(NonBlocking.class);
  }

  /**
   * Whether this message may make the filter wait, for a filter that waits for few messages only.
   * The server asks only if {@link #mayBlock()} is true. It asks on the event loop before the chain
   * starts, so return at once.
   */
  default boolean mayBlock(Message message) {
    return mayBlock();
  }

  /**
   * Whether the filter never changes a message's route, see {@link KeepsRoute}. The server asks
   * once, when it builds a chain. The default is false, unless the class has that annotation.
   */
  default boolean keepsRoute() {
    return getClass().isAnnotationPresent(KeepsRoute.class);
  }
}
