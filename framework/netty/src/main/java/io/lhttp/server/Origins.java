package io.lhttp.server;

import io.lhttp.server.internal.address.Authority;
import io.lhttp.server.internal.address.Client;
import io.lhttp.server.internal.address.LocalHostNames;
import io.lhttp.server.internal.address.OriginCheck;
import java.net.InetAddress;
import java.util.List;
import java.util.regex.Pattern;

/**
 * The web pages that may open a connection or publish, by the header {@code Origin}. The server's
 * own pages and the listed ones may. Immutable.
 *
 * <p>A client that sends no such header is not a browser, and may do so too; likewise one that
 * sends {@code http://localhost/} with its final slash. Upper case, a default port and a final
 * slash make no other difference.
 */
public final class Origins {
  /**
   * Matches the origin that clients of Go's {@code x/net/websocket} send, as its documentation
   * shows. No browser writes a final slash (RFC 6454, section 6.2), so it is no page's origin.
   */
  private static final Pattern LIBRARY =
      Pattern.compile("(?i)https?://(?:localhost|127\\.0\\.0\\.1|\\[::1])(?::[0-9]{1,5})?/");

  private static final Origins SAME = new Origins(List.of(), false);

  private final List<OriginRule> listed;
  private final boolean localPages;

  private Origins(List<OriginRule> listed, boolean localPages) {
    this.listed = List.copyOf(listed);
    this.localPages = localPages;
  }

  /** Allows the server's own pages: those whose origin has the host and port of the request. */
  public static Origins same() {
    return SAME;
  }

  /**
   * Allows these origins and the server's own pages: {@code https://example.com}.
   *
   * @throws IllegalArgumentException as {@link OriginRule#parse}
   */
  public static Origins listed(List<String> origins) {
    return ofRules(origins.stream().map(OriginRule::parse).toList());
  }

  /** Allows these origins and the server's own pages. */
  public static Origins ofRules(List<OriginRule> origins) {
    return new Origins(origins, false);
  }

  /** Allows the server's own pages and pages of this machine on any port, for development. */
  public static Origins localhost() {
    return new Origins(List.of(), true);
  }

  /** Returns a copy that also allows pages of this machine on any port. */
  public Origins orLocalhost() {
    return new Origins(listed, true);
  }

  /** Creates the check of a request's origin against these rules. */
  OriginCheck check() {
    return new OriginCheck() {
      @Override
      public boolean allow(List<String> sent, Client client, InetAddress local) {
        if (sent.isEmpty() || (sent.size() == 1 && LIBRARY.matcher(sent.getFirst()).matches())) {
          return true;
        }
        var origin = sent.size() == 1 ? OriginRule.sent(sent.getFirst()) : null;
        return origin != null
            && origin.isPresent()
            && Origins.this.allow(origin.get(), client, local);
      }

      @Override
      public String expected(Client client) {
        var own = "pages of " + client.host().orElse("this server");
        return own
            + (listed.isEmpty() ? "" : " or " + listed)
            + (localPages ? " or this machine" : "");
      }
    };
  }

  private boolean allow(OriginRule origin, Client client, InetAddress local) {
    var server = client.host().flatMap(Authority::parse);
    return (server.isPresent() && origin.isOf(server.get(), client.secure()))
        || listed.stream().anyMatch(rule -> rule.matches(origin))
        || (localPages && origin.ofTheWeb() && LocalHostNames.contains(origin.authority(), local));
  }
}
