package io.lhttp.scripts;

import io.lhttp.ClientKey;
import io.lhttp.Connection;

/**
 * The client whose message called a script.
 *
 * @param connection the connection's id
 * @param client the text of the client's {@link ClientKey}
 * @param named whether the client is an authenticated user
 */
public record Caller(String connection, String client, boolean named) {
  static Caller of(Connection connection) {
    var client = ClientKey.of(connection);
    return new Caller(connection.id(), client.toString(), client instanceof ClientKey.User);
  }
}
