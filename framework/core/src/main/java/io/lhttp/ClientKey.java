package io.lhttp;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.HexFormat;

/**
 * What counts as one client, for limits, buckets and bans: equal for all connections of one. A user
 * is a client; whoever has no name is its address. An IPv6 address counts with its /64 network, as
 * one client usually has all of it, and an IPv4 address that is mapped into IPv6 is that IPv4
 * address. Each text begins with the kind, so that no user reads like an address.
 */
public sealed interface ClientKey {
  /** The user of this connection or, where nobody has logged in, its address. */
  static ClientKey of(Connection connection) {
    var principal = connection.principal();
    return principal.anonymous() ? addressOf(connection) : new User(principal.name());
  }

  /** The address of this connection, whoever speaks. */
  static ClientKey addressOf(Connection connection) {
    return of(connection.handshake().remote());
  }

  /** An address without its port. */
  static ClientKey of(InetSocketAddress address) {
    return switch (address.getAddress()) {
      case null -> Unknown.ADDRESS;
      case Inet6Address six -> of(six);
      default -> new Address(address.getAddress());
    };
  }

  private static ClientKey of(Inet6Address six) {
    var bytes = six.getAddress();
    try {
      var plain = InetAddress.getByAddress(bytes); // of IPv4 where it is mapped
      return plain instanceof Inet6Address
          ? new Network(ByteBuffer.wrap(bytes).getLong())
          : new Address(plain);
    } catch (UnknownHostException e) {
      throw new IllegalStateException("an address has 4 or 16 bytes", e);
    }
  }

  /** Somebody with a name. Comparable, as many may have names with one hash code. */
  record User(String name) implements ClientKey, Comparable<User> {
    @Override
    public int compareTo(User other) {
      return name.compareTo(other.name);
    }

    @Override
    public String toString() {
      return "user " + name;
    }
  }

  /** An IPv4 address. */
  record Address(InetAddress address) implements ClientKey {
    @Override
    public String toString() {
      return "address " + address.getHostAddress();
    }
  }

  /**
   * A /64 network of IPv6. Comparable, as many may have one hash code.
   *
   * @param prefix its 64 bits
   */
  record Network(long prefix) implements ClientKey, Comparable<Network> {
    @Override
    public int compareTo(Network other) {
      return Long.compare(prefix, other.prefix);
    }

    @Override
    public String toString() {
      return "address " + HexFormat.of().toHexDigits(prefix) + "/64";
    }
  }

  /** Nobody knows where from. */
  enum Unknown implements ClientKey {
    ADDRESS;

    @Override
    public String toString() {
      return "address unknown";
    }
  }
}
