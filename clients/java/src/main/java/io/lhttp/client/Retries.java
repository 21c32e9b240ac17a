package io.lhttp.client;

import io.lhttp.message.Message;

/** Lets the server know a publication that comes again, whichever connection it comes by. */
final class Retries {
  private static final String SESSION = "presence-session";

  private Retries() {}

  /** With the session that a {@code message-id} counts within, where it has such an id. */
  static Message known(Message message, String session) {
    return message.headers().has("message-id") && !message.headers().has(SESSION)
        ? message.toBuilder().header(SESSION, session).build()
        : message;
  }
}
