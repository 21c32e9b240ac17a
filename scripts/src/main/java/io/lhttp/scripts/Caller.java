package io.lhttp.scripts;

import io.lhttp.Connection;
import java.net.Inet6Address;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * The client that made a call of a script.
 *
 * @param connection its id
 * @param client the user or, where there is none, the address; an IPv6 address counts with its /64
 *     network
 * @param named whether the client is a user
 */
public record Caller(String connection, String client, boolean named) {
  private static final int NETWORK_BYTES = 8;

  static Caller of(Connection connection) {
    var principal = connection.principal();
    return principal.anonymous()
        ? new Caller(connection.id(), "address " + network(connection), false)
        : new Caller(connection.id(), "user " + principal.name(), true);
  }

  private static String network(Connection connection) {
    var address = connection.handshake().remote().getAddress();
    return switch (address) {
      case null -> "unknown";
      case Inet6Address six ->
          HexFormat.of().formatHex(Arrays.copyOf(six.getAddress(), NETWORK_BYTES)) + "/64";
      default -> address.getHostAddress();
    };
  }
}
