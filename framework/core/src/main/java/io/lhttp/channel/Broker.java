package io.lhttp.channel;

import io.lhttp.Connection;
import io.lhttp.message.Message;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * Carries what is published to the servers that have subscribers.
 *
 * <ul>
 *   <li><b>Channels.</b> A name is 1 to 255 bytes of UTF-8 without spaces and control characters,
 *       and reaches nothing but its own channel: whatever the broker gives a meaning to, it
 *       escapes.
 *   <li><b>Subscriptions.</b> There is at most one per channel and server; the server counts. What
 *       is published on this server after {@code subscribe} has returned is delivered here, until
 *       the feed is ended; what is published elsewhere as soon as the broker has heard of it.
 *   <li><b>Order.</b> What one thread publishes to one channel is delivered in that order, and so
 *       is what several threads publish one after the other.
 *   <li><b>Delivery.</b> At most once; what is known to be lost on the way is told. The publisher's
 *       own server is no exception: where it has subscribed, it gets the message.
 *   <li><b>Threads.</b> All methods but {@code start} and {@code close} may be called by any thread
 *       at any time. None blocks. Subscribers are called by a thread of the broker or the
 *       publisher's own.
 *   <li><b>Messages</b> arrive byte for byte and in the format that they were published in.
 *   <li><b>Closing.</b> Who made the broker closes it, after the server. Nothing is delivered once
 *       {@code close} has returned; the second call does nothing.
 * </ul>
 */
public interface Broker extends AutoCloseable {
  /** What {@link #publish} returns where there is nothing to wait for. */
  CompletionStage<Void> TAKEN = CompletableFuture.completedStage(null);

  /**
   * Where a server takes what the broker brings on one channel; returns at once and throws nothing.
   */
  @FunctionalInterface
  interface Subscriber {
    void deliver(Message message);

    /** The same on a channel with a {@link History}, where it has been entered. */
    default void deliver(History.Entry entry) {
      deliver(entry.message());
    }

    /** So many publications are known to be lost: the channel's subscribers here are told. */
    default void missed(long count) {}

    /**
     * Entries that were delivered behind this offset are none of the channel's history: somebody
     * had made them up. What is delivered from now on comes behind it.
     */
    default void rewound(long offset) {}
  }

  /** A server's subscription to a channel. */
  interface Feed {
    /**
     * As {@link Broker#publish(String, Message, String)}, to this channel; after {@link #end}, too.
     */
    CompletionStage<Void> publish(Message message, String scope);

    /** For the server's own code. */
    default CompletionStage<Void> publish(Message message) {
      return publish(message, MessageId.SERVER);
    }

    /** What the broker remembers of the channel; empty where it is not to remember anything. */
    default Optional<History> history() {
      return Optional.empty();
    }

    /** Ends the subscription: nothing more is delivered once it has returned. */
    void end();
  }

  /**
   * Begins to deliver; called before everything else.
   *
   * @throws IllegalStateException when it is called again: a broker object serves one server
   */
  void start();

  /**
   * Subscribes to a channel that is not subscribed to.
   *
   * @throws io.lhttp.RefusedException 503 where the broker is out of reach; nothing is subscribed
   *     then
   */
  Feed subscribe(String channel, Subscriber subscriber);

  /**
   * Hands a message to a channel over. Where another server has to say that it keeps it, what is
   * returned is complete once it has, and fails with a {@link io.lhttp.RefusedException} where it
   * has not or does not answer within seconds; whoever publishes again then with the same {@code
   * message-id} and scope publishes once. Elsewhere it is {@link #TAKEN}.
   *
   * <p>What is published may wait for more, so that it goes out together: whoever publishes calls
   * {@link #flush} soon.
   *
   * @param scope who publishes: ids are told apart by it, see {@link MessageId}
   * @throws io.lhttp.RefusedException 503 where the broker can't take the message, 400 for a
   *     malformed {@code message-id}
   */
  CompletionStage<Void> publish(String channel, Message message, String scope);

  /** For the server's own code. */
  default CompletionStage<Void> publish(String channel, Message message) {
    return publish(channel, message, MessageId.SERVER);
  }

  /** Sends what {@link #publish} has kept waiting; throws nothing. */
  default void flush() {}

  /**
   * A connection of this server has subscribed, or, where it had before, has said anew who it is;
   * for who wants to know more of subscribers than that there are some. Called under a lock of the
   * connection's, in the order of what it does: returns at once, and calls nothing back.
   */
  default void joined(Connection connection, String channel) {}

  /**
   * The opposite.
   *
   * @param gone whether it was for the end of the connection; otherwise it has unsubscribed
   */
  default void left(Connection connection, String channel, boolean gone) {}

  /**
   * Whether other servers can be reached now. A server whose broker is away is not ready for new
   * connections; those that it has keep their subscriptions.
   */
  default boolean connected() {
    return true;
  }

  /**
   * Why it is not connected, in a few words for who runs the server; nothing while it is. No secret
   * and no address: a probe shows it to everybody.
   */
  default Optional<String> trouble() {
    return connected() ? Optional.empty() : Optional.of("the broker is out of reach");
  }

  @Override
  void close();
}
