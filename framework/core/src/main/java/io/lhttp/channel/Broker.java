package io.lhttp.channel;

import io.lhttp.Connection;
import io.lhttp.RefusedException;
import io.lhttp.message.Message;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * Carries publications to the servers that have subscribers. The server that uses a broker owns its
 * subscriptions.
 *
 * <ul>
 *   <li><b>Channels.</b> A name is 1 to 255 bytes of UTF-8 without spaces and control characters.
 *       The broker escapes every character that has a meaning to it, so that a name reaches its own
 *       channel alone.
 *   <li><b>Subscriptions.</b> A server subscribes to a channel at most once. Once {@code subscribe}
 *       has returned, publications of this server are delivered; publications of other servers
 *       follow as soon as the broker knows.
 *   <li><b>Order.</b> Publications of one thread to one channel are delivered in their order. So
 *       are publications of several threads, if one call follows the other.
 *   <li><b>Delivery.</b> At most once; the broker reports losses that it knows of. The publisher's
 *       own server gets the message too, if it has subscribed.
 *   <li><b>Threads.</b> Any thread may call all methods but {@code start} and {@code close} at any
 *       time, and none blocks. A thread of the broker, or the publisher's thread, calls the
 *       subscriber.
 *   <li><b>Messages</b> arrive byte for byte and in the format of the publication.
 *   <li><b>Closing.</b> The creator of the broker closes it after the server. Once {@code close}
 *       has returned, no delivery follows; a second call does nothing.
 * </ul>
 */
public interface Broker extends AutoCloseable {
  /** The result of {@link #publish} if there is no storage to wait for. */
  CompletionStage<Void> TAKEN = CompletableFuture.completedStage(null);

  /** Takes the deliveries of one channel for a server; returns at once and throws nothing. */
  @FunctionalInterface
  interface Subscriber {
    void deliver(Message message);

    /** Takes a delivery of a channel with a {@link History}. The history has the entry already. */
    default void deliver(History.Entry entry) {
      deliver(entry.message());
    }

    /**
     * Takes a delivery of a channel with a history, as {@link #deliver(History.Entry)}.
     *
     * @param published the message as the broker has brought it, with headers that reach no client
     */
    default void deliver(History.Entry entry, Message published) {
      deliver(entry);
    }

    /**
     * The broker has lost this many publications. The server tells its subscribers of the channel.
     */
    default void missed(long count) {}

    /**
     * Reports that the entries delivered after this offset are not part of the history, for example
     * because another program forged them. Later deliveries continue after this offset.
     */
    default void rewound(long offset) {}
  }

  /** A server's subscription to a channel. */
  interface Feed {
    /**
     * Publishes to this channel, as {@link Broker#publish(String, Message, Connection)}. The call
     * also works after {@link #end}.
     */
    CompletionStage<Void> publish(Message message, @Nullable Connection by);

    /** Publishes a message of the server's own code. */
    default CompletionStage<Void> publish(Message message) {
      return publish(message, null);
    }

    /** The channel's history; empty if the channel is configured without one. */
    default Optional<History> history() {
      return Optional.empty();
    }

    /** Ends the subscription. Once this method has returned, no delivery follows. */
    void end();
  }

  /**
   * Starts deliveries; the server calls it before all other methods.
   *
   * @throws IllegalStateException on a second call, as a broker object serves one server
   */
  void start();

  /**
   * Subscribes to a channel that has no subscription yet.
   *
   * @param by the first subscribing connection; null for the server's own code. The broker keeps no
   *     reference to it
   * @throws io.lhttp.RefusedException 503 if the broker is out of reach, 429 if this client has its
   *     share of a scarce resource; there is no subscription then
   */
  Feed subscribe(String channel, Subscriber subscriber, @Nullable Connection by);

  /** Subscribes for the server's own code. */
  default Feed subscribe(String channel, Subscriber subscriber) {
    return subscribe(channel, subscriber, null);
  }

  /**
   * Publishes a message to a channel.
   *
   * <p>If another server stores the channel, the result completes once that server has stored the
   * message. It fails with a {@link io.lhttp.RefusedException} after a refusal, or after seconds
   * without an answer. A second publication of the same publisher with the same {@code message-id}
   * is then stored once, see {@link MessageId}. For all other channels the result is {@link
   * #TAKEN}.
   *
   * <p>The broker may keep the message until {@link #flush}, to send several together. The caller
   * calls {@link #flush} soon.
   *
   * @param by the connection whose exchange publishes; null for the server's own code. The broker
   *     keeps no reference to it
   * @throws io.lhttp.RefusedException 503 if the broker can't take the message, 429 if too many of
   *     this client wait already, 400 for a malformed {@code message-id}
   */
  CompletionStage<Void> publish(String channel, Message message, @Nullable Connection by);

  /** Publishes a message of the server's own code. */
  default CompletionStage<Void> publish(String channel, Message message) {
    return publish(channel, message, null);
  }

  /**
   * Publishes a message of the server's own code, as {@link #publish}, and returns its position in
   * the channel's history. The position is empty if the channel has no history, or if the broker
   * doesn't know it. A second publication with the same {@code message-id} has the position of the
   * first one, if the history still has it.
   */
  default CompletionStage<Optional<Position>> store(String channel, Message message) {
    return publish(channel, message).thenApply(stored -> Optional.empty());
  }

  /**
   * Forgets a channel's history, so that no earlier position can be recovered. Later publications
   * have other positions. Subscriptions stay.
   *
   * @return the position at which the new history begins; the result fails with a {@link
   *     io.lhttp.RefusedException}: 409 for a channel without a history, 501 if this broker can't
   *     forget one, 503 if it is out of reach
   */
  default CompletionStage<Position> resetHistory(String channel) {
    return CompletableFuture.failedStage(
        new RefusedException(501, "this broker can't forget a history"));
  }

  /** The bounds of a channel's history; empty for a channel without one. */
  default Optional<Retention> retention(String channel) {
    return Optional.empty();
  }

  /**
   * The other servers that use the same broker; empty if this broker doesn't know whether there are
   * any. Each call returns the same object.
   */
  default Optional<Peers> peers() {
    return Optional.empty();
  }

  /** Sends the messages that {@link #publish} has kept; throws nothing. */
  default void flush() {}

  /**
   * The estimated memory in bytes that the broker and its client need on this server for a channel
   * while the server is subscribed to it. The server bounds the sum. The result for a channel never
   * changes.
   */
  default int channelBytes(String channel) {
    return 0;
  }

  /**
   * Reports that a connection of this server has subscribed, or that its user has changed. A broker
   * that keeps track of single subscribers overrides this method.
   *
   * <p>The server holds the connection's lock during the call, so the broker returns at once and
   * does not call the connection.
   */
  default void joined(Connection connection, String channel) {}

  /**
   * Reports that a connection of this server has unsubscribed.
   *
   * @param gone whether the connection has ended
   */
  default void left(Connection connection, String channel, boolean gone) {}

  /**
   * Whether the broker reaches the other servers now. Without them this server is not ready for new
   * connections; open connections keep their subscriptions.
   */
  default boolean connected() {
    return true;
  }

  /**
   * The reason why the broker is not connected, in a few words for the operator; empty while it is
   * connected. The text is public, so it must contain no secret and no address.
   */
  default Optional<String> trouble() {
    return connected() ? Optional.empty() : Optional.of("the broker is out of reach");
  }

  @Override
  void close();
}
