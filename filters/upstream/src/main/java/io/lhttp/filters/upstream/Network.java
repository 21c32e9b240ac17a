package io.lhttp.filters.upstream;

import io.lhttp.internal.text.IpAddress;
import java.net.InetAddress;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A block of addresses in CIDR notation. Immutable.
 *
 * @param base the block's first address
 * @param bits the number of leading bits that all addresses of the block share
 */
public record Network(InetAddress base, int bits) {
  private static final Pattern BITS = Pattern.compile("[0-9]{1,3}");

  /**
   * Parses {@code 10.0.0.0/8}, {@code fc00::/7} or a single address.
   *
   * @throws IllegalArgumentException with a text that completes a message after "expected"
   */
  public static Network parse(String text) {
    var slash = text.indexOf('/');
    var address = slash < 0 ? text : text.substring(0, slash);
    var base = IpAddress.parse(address).orElse(null);
    if (base != null) {
      var length = base.getAddress().length * 8;
      var bits = slash < 0 ? length : bits(text.substring(slash + 1));
      if (bits >= 0 && bits <= length) {
        return new Network(base, bits);
      }
    }
    throw new IllegalArgumentException("an address or a block of them such as 10.0.0.0/8");
  }

  private static int bits(String text) {
    return BITS.matcher(text).matches() ? Integer.parseInt(text) : -1;
  }

  /** Parses several blocks, see {@link #parse}. */
  static List<Network> parseAll(String... texts) {
    return Stream.of(texts).map(Network::parse).toList();
  }

  /** Whether the block contains the address; an IPv6 block contains no IPv4 address. */
  boolean contains(InetAddress address) {
    var own = base.getAddress();
    var other = address.getAddress();
    if (own.length != other.length) {
      return false;
    }
    for (var i = 0; i < bits; i += 8) {
      var mask = bits - i >= 8 ? 0xff : 0xff << (8 - (bits - i));
      if (((own[i / 8] ^ other[i / 8]) & mask) != 0) {
        return false;
      }
    }
    return true;
  }
}
