package io.lhttp.channel;

import io.lhttp.message.HeaderNames;
import io.lhttp.message.Message;

/**
 * Removes from publications the headers that no subscriber or other server may see, and turns
 * publications into deliveries. Every publication and every delivery passes here.
 */
public final class Publications {
  private static final String CHANNEL = "channel";
  private static final String POSITION = "position";
  private static final String PUBLISH = "publish";

  /** The command of the server's own presence messages. */
  private static final String PRESENCE = "presence";

  /**
   * The header with the trace context of a publication, from one server to the others. It does not
   * reach subscribers, and a server removes it from the messages of clients.
   */
  public static final String TRACE_CONTEXT = "lhttp-traceparent";

  private static final HeaderNames NEVER_TRAVEL =
      HeaderNames.of(
          // the sender's credentials
          "authorization",
          "proxy-authorization",
          "cookie",
          "set-cookie",
          "x-api-key",
          "presence-session",
          // the sender's requests to its own server
          "id",
          "ack",
          "upstream",
          "presence-events",
          // headers that the server alone sets
          "trace",
          "token-expires",
          "missed",
          "recovered",
          "subscribed",
          "unsubscribed",
          CHANNEL,
          POSITION,
          TRACE_CONTEXT);

  private Publications() {}

  /**
   * Returns the message without the headers that never travel. If it has none of them, the result
   * is the same instance.
   */
  public static Message stripped(Message message) {
    return message.without(NEVER_TRAVEL);
  }

  /** Returns the message as subscribers of a channel get it. */
  public static Message delivery(Message message, String channel) {
    var stripped = stripped(message);
    // The server's presence messages lack the header publish; a client's look-alike gets it here.
    var distinct =
        stripped.command().equals(PRESENCE) && !stripped.headers().has(PUBLISH)
            ? stripped.with(PUBLISH, channel)
            : stripped;
    return distinct.with(CHANNEL, channel);
  }

  /** Returns the message as subscribers of a channel with a history get it. */
  public static Message delivery(Message message, String channel, Position position) {
    return delivery(message, channel).with(POSITION, position.toString());
  }
}
