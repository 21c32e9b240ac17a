package io.lhttp.server;

import io.lhttp.server.internal.address.Authority;
import io.lhttp.server.internal.address.Client;
import io.lhttp.server.internal.address.Machine;
import java.net.InetAddress;
import java.util.List;

/**
 * Which web pages may open a connection or publish, by the {@code Origin} that a browser sends: the
 * server's own pages always, and those that are listed. A client that sends none is no browser and
 * may. Upper case, a scheme's own port and a slash at the end make no difference. Immutable.
 */
public final class Origins {
  private static final Origins SAME = new Origins(List.of(), false);

  private final List<OriginRule> listed;
  private final boolean local;

  private Origins(List<OriginRule> listed, boolean local) {
    this.listed = List.copyOf(listed);
    this.local = local;
  }

  /**
   * Pages that this server itself has served: the origin's host and port are those of the request.
   */
  public static Origins same() {
    return SAME;
  }

  /**
   * Pages from these origins, beside the server's own: {@code https://example.com}.
   *
   * @throws IllegalArgumentException as {@link OriginRule#parse}
   */
  public static Origins only(List<String> origins) {
    return of(origins.stream().map(OriginRule::parse).toList());
  }

  /** Pages from these origins, beside the server's own. */
  public static Origins of(List<OriginRule> origins) {
    return new Origins(origins, false);
  }

  /** Pages from this machine, on any port; for development. */
  public static Origins localhost() {
    return new Origins(List.of(), true);
  }

  /** These, and pages from this machine, on any port. */
  public Origins orLocalhost() {
    return new Origins(listed, true);
  }

  /**
   * @param sent every {@code Origin} header of the request
   * @param local an address of this machine
   */
  public boolean allow(List<String> sent, Client client, InetAddress local) {
    if (sent.isEmpty()) {
      return true;
    }
    var origin = sent.size() == 1 ? OriginRule.sent(sent.getFirst()) : null;
    return origin != null && origin.isPresent() && allow(origin.get(), client, local);
  }

  private boolean allow(OriginRule origin, Client client, InetAddress local) {
    var server = client.host().flatMap(Authority::parse);
    return (server.isPresent() && origin.isOf(server.get(), client.secure()))
        || listed.stream().anyMatch(rule -> rule.matches(origin))
        || (this.local && origin.ofTheWeb() && Machine.isCalled(origin.authority(), local));
  }

  /** The origins that are taken, for a line of the log. */
  public String expected(Client client) {
    var own = "pages of " + client.host().orElse("this server");
    return own + (listed.isEmpty() ? "" : " or " + listed) + (local ? " or this machine" : "");
  }
}
