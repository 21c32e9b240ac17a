package io.lhttp.server;

import io.lhttp.server.internal.address.Client;
import io.lhttp.server.internal.address.ForwardedHeader;
import io.lhttp.server.internal.address.Literals;
import io.lhttp.server.internal.address.Peer;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * The reverse proxies that are believed when they say whom a request came from: in {@code
 * Forwarded}, {@code X-Forwarded-For}, {@code X-Forwarded-Proto} and {@code X-Forwarded-Host}, or
 * by the PROXY protocol.
 *
 * <p>Both lists are read from the right: each proxy has added whom it got the request from. The
 * first address that is no trusted proxy's is the client. Behind an element that names no address
 * nothing is believed, and the proxy that wrote it stands for the client. Immutable.
 */
public final class TrustedProxies {
  private static final String FORWARDED = "forwarded";
  private static final String FOR = "x-forwarded-for";
  private static final String PROTO = "x-forwarded-proto";
  private static final String HOST = "x-forwarded-host";
  private static final TrustedProxies NONE = new TrustedProxies(List.of(), Optional.empty(), false);

  private final List<AddressBlock> blocks;
  private final Optional<Header> header;
  private final boolean proxyProtocol;

  /** The header that the proxies write. A client can send the other one through them. */
  public enum Header {
    X_FORWARDED_FOR,
    FORWARDED
  }

  private TrustedProxies(
      List<AddressBlock> blocks, Optional<Header> header, boolean proxyProtocol) {
    this.blocks = List.copyOf(blocks);
    this.header = header;
    this.proxyProtocol = proxyProtocol;
  }

  /** Nobody: a client is who the socket says it is. */
  public static TrustedProxies none() {
    return NONE;
  }

  /**
   * Proxies at these addresses.
   *
   * @throws IllegalArgumentException where a block holds all addresses: whoever is trusted chooses
   *     the address that it is known by
   */
  public static TrustedProxies of(List<AddressBlock> blocks) {
    for (var block : blocks) {
      if (block.bits() == 0) {
        throw new IllegalArgumentException(
            block + " trusts everybody, so that every client could choose its address");
      }
    }
    return new TrustedProxies(blocks, Optional.empty(), false);
  }

  /**
   * The same, of which only this header counts. Without this, a request that has both is refused
   * where they differ.
   */
  public TrustedProxies writing(Header header) {
    return new TrustedProxies(blocks, Optional.of(header), proxyProtocol);
  }

  /**
   * The same, whose connections all begin with a header of the PROXY protocol, version 1 or 2. A
   * connection from elsewhere has none.
   */
  public TrustedProxies withProxyProtocol() {
    return new TrustedProxies(blocks, header, true);
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

  /** Whether the request says that it was forwarded, truly or not. */
  public static boolean forwarded(HttpHeaders headers) {
    return headers.contains(FOR) || headers.contains(FORWARDED);
  }

  /**
   * Whether both headers count, and name different clients, or schemes or hosts of theirs. One of
   * them may be a client's own, so that such a request is refused.
   */
  public boolean contradicts(Peer peer, HttpHeaders headers) {
    return peer.trusted()
        && header.isEmpty()
        && headers.contains(FOR)
        && headers.contains(FORWARDED)
        && !agree(byList(peer, headers), byForwarded(peer, headers));
  }

  /** The sender of a request with these headers; the proxy itself where they contradict. */
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
        found.scheme.map(TrustedProxies::encrypted).orElse(peer.secure()),
        found.host.or(() -> host));
  }

  private record Found(InetSocketAddress address, Optional<String> scheme, Optional<String> host) {}

  /** One header may say less than the other, but nothing else. */
  private static boolean agree(Found one, Found other) {
    return Literals.plain(one.address.getAddress())
            .equals(Literals.plain(other.address.getAddress()))
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

  /** {@code X-Forwarded-Proto} and {@code -Host} are lists beside that of the addresses, or one. */
  private Found byList(Peer peer, HttpHeaders headers) {
    var address = peer.address();
    var hops = 0;
    for (var text : ForwardedHeader.fromTheRight(headers.getAll(FOR), ',')) {
      if (!trusts(address)) {
        break;
      }
      var named = Literals.node(text);
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

  /** Of as many elements as there were hops, the last; of fewer, the first that was written. */
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

  @Override
  public String toString() {
    return blocks.toString();
  }
}
