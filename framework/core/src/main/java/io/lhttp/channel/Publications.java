package io.lhttp.channel;

import io.lhttp.message.Message;

/**
 * Makes of a message what travels, and of what travels what subscribers get. Every publication
 * passes here, whoever makes it, and so does every delivery, wherever it comes from.
 */
public final class Publications {
  private static final String CHANNEL = "channel";
  private static final String POSITION = "position";
  private static final String PUBLISH = "publish";

  /** The command of the server's own notices of who is there. */
  private static final String PRESENCE = "presence";

  private static final String[] NEVER_TRAVEL = {
    // what the sender shows to be let in
    "authorization",
    "proxy-authorization",
    "cookie",
    "set-cookie",
    "x-api-key",
    "presence-session",
    // what it asks of its own server
    "id",
    "ack",
    "upstream",
    "presence-events",
    // what the server alone says, of a delivery or to the sender
    "trace",
    "token-expires",
    "missed",
    "recovered",
    "unsubscribed",
    CHANNEL,
    POSITION,
  };

  private Publications() {}

  /**
   * The message without the headers that never travel: what the sender shows and asks of its own
   * server, and the server's own words. The same instance where it has none of them.
   */
  public static Message stripped(Message message) {
    return message.without(NEVER_TRAVEL);
  }

  /** The message as subscribers of a channel get it. */
  public static Message delivery(Message message, String channel) {
    var stripped = stripped(message);
    // Nobody is to take it for a notice of the server's, which names no channel to publish to.
    var told =
        stripped.command().equals(PRESENCE) && !stripped.headers().has(PUBLISH)
            ? stripped.with(PUBLISH, channel)
            : stripped;
    return told.with(CHANNEL, channel);
  }

  /** The same on a channel with a history. */
  public static Message delivery(Message message, String channel, Position position) {
    return delivery(message, channel).with(POSITION, position.toString());
  }
}
