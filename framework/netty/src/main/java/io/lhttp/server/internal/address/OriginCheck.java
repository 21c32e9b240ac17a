package io.lhttp.server.internal.address;

import java.net.InetAddress;
import java.util.List;

/**
 * Whether pages of an origin may use the server, by its {@link io.lhttp.server.Origins}. Immutable.
 */
public interface OriginCheck {
  /**
   * Whether a request with these origins may open a connection or publish.
   *
   * @param sent every {@code Origin} header of the request
   * @param local an address of this machine
   */
  boolean allow(List<String> sent, Client client, InetAddress local);

  /** Returns the allowed origins, for a line of the log. */
  String expected(Client client);
}
