package io.lhttp.server.internal.address;

import io.lhttp.AddressBlock;
import io.lhttp.internal.text.IpAddress;
import io.lhttp.server.TrustedProxies;
import io.lhttp.server.TrustedProxies.Header;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Finds the client of a request behind {@link TrustedProxies}. Immutable, one for each server.
 *
 * <p>Each proxy appends the sender of its request to a list. Read from the end, the first address
 * that is not a trusted proxy's is the client's.
 *
 * <p>An element without an address ends the search: the proxy that wrote it then counts as the
 * client.
 */
public final class ProxyRules {
  private static final String FORWARDED = "forwarded";
  private static final String FOR = "x-forwarded-for";
  private static final String PROTO = "x-forwarded-proto";
  private static final String HOST = "x-forwarded-host";

  private final List<AddressBlock> blocks;
  private final Optional<Header> header;
  private final boolean proxyProtocol;

  /**
   * @param blocks the proxies' addresses
   * @param header the header that the proxies write; empty to read both
   * @param proxyProtocol whether each connection of a proxy begins with the PROXY protocol
   */
  public ProxyRules(List<AddressBlock> blocks, Optional<Header> header, boolean proxyProtocol) {
    this.blocks = List.copyOf(blocks);
    this.header = header;
    this.proxyProtocol = proxyProtocol;
  }

  public boolean proxyProtocol() {
    return proxyProtocol;
  }

  public boolean trusts(InetSocketAddress address) {
    if (address.getAddress() == null) {
      return false;
    }
    for (var block : blocks) {
      if (block.contains(address.getAddress())) {
        return true;
      }
    }
    return false;
  }

  /** Whether the request has a forwarding header, forged or not. */
  public static boolean forwarded(HttpHeaders headers) {
    return headers.contains(FOR) || headers.contains(FORWARDED);
  }

  /**
   * Whether the request has both forwarding headers, and they name different clients, schemes or
   * hosts. The server refuses such a request, because a client may have forged one of the headers.
   */
  public boolean contradicts(Peer peer, HttpHeaders headers) {
    return peer.trusted()
        && header.isEmpty()
        && headers.contains(FOR)
        && headers.contains(FORWARDED)
        && !agree(byList(peer, headers), byForwarded(peer, headers));
  }

  /**
   * Returns the client of a request with these headers; the proxy itself if the headers contradict
   * each other.
   */
  public Client client(Peer peer, HttpHeaders headers) {
    var host = Optional.ofNullable(headers.get(HttpHeaderNames.HOST));
    if (!peer.trusted() || contradicts(peer, headers)) {
      return new Client(peer.address(), peer.secure(), host);
    }
    var standard =
        header.map(Header.FORWARDED::equals).orElseGet(() -> headers.contains(FORWARDED));
    var listed = header.isEmpty() || header.get() == Header.X_FORWARDED_FOR;
    var found = standard ? byForwarded(peer, headers) : byList(peer, headers);
    if (standard && listed) {
      var other = byList(peer, headers);
      found =
          new Found(
              found.address, found.scheme.or(() -> other.scheme), found.host.or(() -> other.host));
    }
    return new Client(
        found.address,
        found.scheme.map(ProxyRules::encrypted).orElse(peer.secure()),
        found.host.or(() -> host));
  }

  private record Found(InetSocketAddress address, Optional<String> scheme, Optional<String> host) {}

  /** Whether two headers name the same client. One may leave out the scheme or the host. */
  private static boolean agree(Found one, Found other) {
    return IpAddress.unmapped(one.address.getAddress())
            .equals(IpAddress.unmapped(other.address.getAddress()))
        && (one.scheme.isEmpty()
            || other.scheme.isEmpty()
            || encrypted(one.scheme.get()) == encrypted(other.scheme.get()))
        && (one.host.isEmpty()
            || other.host.isEmpty()
            || one.host.get().equalsIgnoreCase(other.host.get()));
  }

  private Found byForwarded(Peer peer, HttpHeaders headers) {
    var found = new Found(peer.address(), Optional.empty(), Optional.empty());
    for (var hop : ForwardedHeader.hops(headers.getAll(FORWARDED))) {
      if (!trusts(found.address)) {
        break;
      }
      found = new Found(hop.address().orElse(found.address), hop.scheme(), hop.host());
      if (hop.address().isEmpty()) {
        break;
      }
    }
    return found;
  }

  /**
   * Reads {@code X-Forwarded-For}. {@code X-Forwarded-Proto} and {@code X-Forwarded-Host} are lists
   * with one element for each address, or single values.
   */
  private Found byList(Peer peer, HttpHeaders headers) {
    var address = peer.address();
    var hops = 0;
    for (var text : ForwardedHeader.fromTheRight(headers.getAll(FOR), ',')) {
      if (!trusts(address)) {
        break;
      }
      var named = IpAndPort.parse(text);
      hops++;
      if (named.isEmpty()) {
        break;
      }
      address = named.get();
    }
    return new Found(
        address,
        nth(headers.getAll(PROTO), hops).map(scheme -> scheme.toLowerCase(Locale.ROOT)),
        nth(headers.getAll(HOST), hops));
  }

  /** Returns the element at this place from the right; the leftmost one if there are fewer. */
  private static Optional<String> nth(List<String> lines, int hops) {
    if (lines.isEmpty()) {
      return Optional.empty();
    }
    var elements = ForwardedHeader.fromTheRight(lines, ',');
    return Optional.of(elements.get(Math.clamp(hops, 1, elements.size()) - 1))
        .filter(text -> !text.isEmpty());
  }

  private static boolean encrypted(String scheme) {
    return scheme.equals("https") || scheme.equals("wss");
  }
}
