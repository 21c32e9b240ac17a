package io.lhttp.server;

import io.lhttp.AddressBlock;
import io.lhttp.server.internal.address.ProxyRules;
import java.util.List;
import java.util.Optional;

/**
 * The reverse proxies whose forwarding headers, or PROXY protocol, name the client. Immutable.
 *
 * <p>A forwarding header is a list to which each proxy appends the sender of its request. Read from
 * the end, the first address that is not a trusted proxy's is the client's.
 */
public final class TrustedProxies {
  private static final TrustedProxies NONE = new TrustedProxies(List.of(), Optional.empty(), false);

  private final List<AddressBlock> blocks;
  private final Optional<Header> header;
  private final boolean proxyProtocol;

  /**
   * The forwarding header that the proxies write. The server ignores the other one, which a client
   * can forge.
   */
  public enum Header {
    /** The header {@code X-Forwarded-For}, with {@code -Proto} and {@code -Host}. */
    X_FORWARDED_FOR,
    /** The header {@code Forwarded} of RFC 7239. */
    FORWARDED
  }

  private TrustedProxies(
      List<AddressBlock> blocks, Optional<Header> header, boolean proxyProtocol) {
    this.blocks = List.copyOf(blocks);
    this.header = header;
    this.proxyProtocol = proxyProtocol;
  }

  /** Trusts no proxy: the socket's address is the client's. */
  public static TrustedProxies none() {
    return NONE;
  }

  /**
   * Trusts proxies at these addresses.
   *
   * @throws IllegalArgumentException if a block contains all addresses, because then every client
   *     could choose its address
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
   * Returns a copy that reads this header alone. Without this call, the server refuses a request
   * whose two forwarding headers differ.
   */
  public TrustedProxies writing(Header header) {
    return new TrustedProxies(blocks, Optional.of(header), proxyProtocol);
  }

  /**
   * Returns a copy that expects a header of the PROXY protocol, version 1 or 2, on each connection
   * of a trusted proxy.
   */
  public TrustedProxies withProxyProtocol() {
    return new TrustedProxies(blocks, header, true);
  }

  /** Creates the rules by which the server finds a request's client. */
  ProxyRules rules() {
    return new ProxyRules(blocks, header, proxyProtocol);
  }

  @Override
  public String toString() {
    return blocks.toString();
  }
}
