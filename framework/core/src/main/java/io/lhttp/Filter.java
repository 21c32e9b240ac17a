package io.lhttp;

import io.lhttp.message.Message;

/**
 * A link of the chain. One instance serves all connections and threads. Where it is an {@link
 * AutoCloseable}, it is closed once its last generation has ended.
 *
 * <p>Blocking is allowed everywhere, see {@link NonBlocking}. What is thrown refuses the message with
 * 500 (a {@link RefusedException} with its own status): a filter that fails lets nothing through.
 */
public interface Filter {
  /** A connection was opened. Nothing of it is handled before this returns; throwing closes it. */
  default void onOpen(Connection connection) throws Exception {}

  /**
   * A message. What comes before {@code chain.proceed(exchange)} happens on the way in, what comes
   * after it on the way out. A filter that does not proceed returns why.
   */
  default Outcome filter(Exchange exchange, Chain chain) throws Exception {
    return chain.proceed(exchange);
  }

  /**
   * An open connection is to be looked at again: a reload has brought or replaced a filter that has
   * this method, or {@link Connection#authenticate} has changed who speaks. A filter that decides
   * who may connect and listen decides anew: it closes the connection, or {@linkplain
   * Subscriptions#revoke revokes} some of what the client {@linkplain Subscriptions#asked has asked
   * for}.
   *
   * <p>Runs between two of the connection's messages, on a thread that may wait. A {@link
   * RefusedException} with 503 says that it can't be decided now: it is asked again after a while.
   * Anything else that is thrown closes the connection.
   */
  default void onReview(Connection connection) throws Exception {}

  /** A connection has ended, whoever ended it; its last exchange is over. */
  default void onClose(Connection connection) throws Exception {}

  /**
   * Whether messages could make the filter wait. Asked once, when a chain is built. Yes, unless its
   * class is {@link NonBlocking}; to be overridden where an instance, not the class, decides.
   */
  default boolean mayBlock() {
    return !getClass().isAnnotationPresent(NonBlocking.class);
  }

  /**
   * Whether this very message could make the filter wait, for filters that wait for few of them.
   * Asked only where {@link #mayBlock()} says yes, on the event loop, for every message as it was
   * received, before the chain starts: answer at once.
   */
  default boolean mayBlock(Message message) {
    return mayBlock();
  }

  /**
   * Whether the filter leaves each message's way alone, see {@link KeepsRoute}. Asked once, when a
   * chain is built. No, unless its class has that annotation.
   */
  default boolean keepsRoute() {
    return getClass().isAnnotationPresent(KeepsRoute.class);
  }
}
