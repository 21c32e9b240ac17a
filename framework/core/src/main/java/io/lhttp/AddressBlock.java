package io.lhttp;

import io.lhttp.internal.text.IpAddress;
import java.net.InetAddress;

/**
 * A block of addresses in CIDR notation. Immutable.
 *
 * @param base an address of the block
 * @param bits the number of leading bits that all addresses of the block share
 */
public record AddressBlock(InetAddress base, int bits) {
  private static final String EXPECTED = "an address or a block of them such as 10.0.0.0/8";

  /** The number of bits before an IPv4 address that is mapped into IPv6. */
  private static final int MAPPED_BITS = 96;

  /**
   * Parses {@code 10.0.0.0/8}, {@code fd00::/8} or a single address.
   *
   * @throws IllegalArgumentException with a text that completes a message after "expected"
   */
  public static AddressBlock parse(String text) {
    var slash = text.indexOf('/');
    var written = slash < 0 ? text : text.substring(0, slash);
    var base = IpAddress.parse(written).orElseThrow(() -> new IllegalArgumentException(EXPECTED));
    var length = base.getAddress().length * 8;
    if (slash < 0) {
      return new AddressBlock(base, length);
    }
    var digits = text.substring(slash + 1);
    if (!digits.matches("\\d{1,3}")) {
      throw new IllegalArgumentException(EXPECTED);
    }
    var mapped = length == 32 && written.indexOf(':') >= 0;
    var bits = Integer.parseInt(digits) - (mapped ? MAPPED_BITS : 0);
    if (bits < 0 || bits > length) {
      throw new IllegalArgumentException(EXPECTED);
    }
    return new AddressBlock(base, bits);
  }

  /** Whether the block contains the address. An IPv6 block contains no IPv4 address. */
  public boolean contains(InetAddress address) {
    var own = base.getAddress();
    var other = IpAddress.unmapped(address).getAddress();
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

  /** Returns the block as users write it: {@code 10.0.0.0/8}. */
  @Override
  public String toString() {
    return base.getHostAddress() + "/" + bits;
  }
}
