package io.lhttp;

import io.lhttp.message.Message;
import io.lhttp.tracing.Span;

/**
 * One message on its way through the chain. It belongs to the thread that runs it: give other
 * threads its values, not the exchange.
 */
public interface Exchange {
  /** The message with the changes of earlier filters. */
  Message request();

  /** The message as the client sent it, without changes of filters. */
  default Message received() {
    return request();
  }

  /** Replaces the message for later filters, the processor, channels and upstreams. */
  void rewrite(Message message);

  Connection connection();

  /** The exchange's attributes. They live as long as this exchange. */
  Attributes attributes();

  /** Replies with this body and the request's own command and headers, see {@link #reply}. */
  void send(String body);

  /** Creates a reply. An exchange may send none, one or many. */
  Reply reply();

  /**
   * Adds a header to every later reply to this message, also to a refusal.
   *
   * @throws IllegalArgumentException if the header is malformed
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
   * Publishes the message to the channel's subscribers, without the headers that never travel, see
   * {@link io.lhttp.channel.Publications}. Does not wait.
   *
   * <p>If another server stores the channel, this exchange ends once the message is stored, and
   * then the connection's next one begins. If the message is not stored, this exchange is refused
   * with 503.
   *
   * @throws RefusedException 400 for a malformed name, 503 if the broker is out of reach
   */
  void publish(String channel, Message message);

  /** The number of the generation of the chain that runs this exchange from beginning to end. */
  int generation();

  /**
   * The message's span. Code that sends requests to other servers begins a {@linkplain Span#child
   * child} of it for each, and sends the child's {@linkplain Span#context context}. {@link
   * Span#NONE} without tracing.
   */
  default Span span() {
    return Span.NONE;
  }
}
