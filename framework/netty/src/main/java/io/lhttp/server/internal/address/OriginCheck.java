package io.lhttp.server.internal.address;

import java.net.InetAddress;
import java.util.List;

/**
 * Checks the header {@code Origin} of requests against {@link io.lhttp.server.Origins}. Immutable.
 */
public interface OriginCheck {
  /**
   * Whether a request with these origins may open a connection or publish.
   *
   * @param sent every {@code Origin} header of the request
   * @param local the address of this machine on which the request came in
   */
  boolean allow(List<String> sent, Client client, InetAddress local);

  /** Returns the allowed origins, for a line of the log. */
  String expected(Client client);
}
