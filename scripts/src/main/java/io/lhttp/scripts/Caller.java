package io.lhttp.scripts;

import io.lhttp.ClientKey;
import io.lhttp.Connection;

/**
 * The client whose message called a script.
 *
 * @param connection the connection's id
 * @param client the user, or the address if the client has not logged in
 * @param address the address, also of a user
 */
public record Caller(String connection, ClientKey client, ClientKey address) {
  static Caller of(Connection connection) {
    return new Caller(connection.id(), ClientKey.of(connection), ClientKey.addressOf(connection));
  }

  /** Whether the client is an authenticated user. */
  boolean named() {
    return client instanceof ClientKey.User;
  }
}
