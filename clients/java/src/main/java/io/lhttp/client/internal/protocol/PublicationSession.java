package io.lhttp.client.internal.protocol;

import io.lhttp.message.Message;

/** Adds the session by which the server recognises a retried publication on any connection. */
public final class PublicationSession {
  private static final String SESSION = "presence-session";

  private PublicationSession() {}

  /** Returns the message with the session for its {@code message-id}, if it has such an id. */
  public static Message added(Message message, String session) {
    return message.headers().has("message-id") && !message.headers().has(SESSION)
        ? message.toBuilder().header(SESSION, session).build()
        : message;
  }
}
