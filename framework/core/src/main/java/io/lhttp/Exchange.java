package io.lhttp;

import io.lhttp.message.Message;

/**
 * One message on its way through the chain. It belongs to the thread that runs it: hand what you
 * need to other threads, not the exchange.
 */
public interface Exchange {
  /** The message as the filters before have left it. */
  Message request();

  /** The message as the client has sent it, whatever filters have made of it. */
  default Message received() {
    return request();
  }

  /** What later filters, the processor, channels and upstreams see instead. */
  void rewrite(Message message);

  Connection connection();

  /** Values that live as long as this exchange. */
  Attributes attributes();

  /** Replies with this body and the request's own command and headers, see {@link #reply}. */
  void send(String body);

  /** Starts a reply. None, one or many may be sent. */
  Reply reply();

  /**
   * From now on every reply to this message, a refusal included, carries this header too: what a
   * filter has to tell the client, whatever the processor says.
   *
   * @throws IllegalArgumentException where the header is malformed
   */
  void addReplyHeader(String name, String value);

  /**
   * Refuses the message. The refusal stands whether or not its caller returns it: a {@link
   * Chain#proceed} that follows runs nothing and returns the refusal, and a filter that returns
   * {@link Outcome.Done}, or what the rest of the chain has returned, has refused all the same. The
   * last call of a link counts.
   *
   * <p>A filter that returns another {@link Outcome.Refused} or a {@link Outcome.Closed} of its own
   * has decided by that. A filter that refuses after {@code proceed} changes the answer, not what
   * the links behind it have done. Filters before it see the refusal as this link's outcome, and
   * may return another one. To make a refusal without refusing, call {@link Outcome#refused}.
   *
   * @param status 400 to 599
   * @param reason one line for people; it is sent to the client
   */
  Outcome.Refused refuse(int status, String reason);

  /**
   * Publishes a message to everybody who is subscribed to the channel: as it stands, but for what
   * never travels, see {@link io.lhttp.channel.Publications}. Does not wait: where another server
   * has to say that it keeps what was published, this exchange is answered, and the connection's
   * next one begins, once it has; and if it has not, this exchange is refused with 503.
   *
   * @throws RefusedException 400 for a malformed name, 503 where the broker is out of reach
   */
  void publish(String channel, Message message);

  /** The generation of the chain that this exchange runs through from its beginning to its end. */
  int generation();
}
