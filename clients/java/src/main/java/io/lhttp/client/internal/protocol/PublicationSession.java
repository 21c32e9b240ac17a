package io.lhttp.client.internal.protocol;

import io.lhttp.message.Message;

/** Adds the header by which the server recognises a repeated publication on any connection. */
public final class PublicationSession {
  private static final String SESSION = "presence-session";

  private PublicationSession() {}

  /**
   * Returns the message with this session if the message has a {@code message-id} and no session.
   */
  public static Message added(Message message, String session) {
    return message.headers().has("message-id") && !message.headers().has(SESSION)
        ? message.toBuilder().header(SESSION, session).build()
        : message;
  }
}
