package io.lhttp.control;

import io.lhttp.AttributeKey;

/**
 * Marks a connection whose client has shown no token yet, and may send one in a message; an
 * attribute of the connection. A filter that authenticates sets it, and removes it after the login.
 * Filters behind it wait with their questions about the user. Immutable.
 *
 * @param needed whether no message passes before the login; otherwise the client may stay anonymous
 */
public record AwaitedLogin(boolean needed) {
  public static final AttributeKey<AwaitedLogin> KEY =
      AttributeKey.of("lhttp.awaited-login", AwaitedLogin.class);
}
