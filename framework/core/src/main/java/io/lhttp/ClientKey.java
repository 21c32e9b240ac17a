package io.lhttp;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.HexFormat;

/**
 * One client, for limits, rate-limit buckets and bans. All connections of one client have equal
 * keys.
 *
 * <p>A user with a name is one client. A client without a name is its address, and an IPv6 address
 * counts with its /64 network.
 */
public sealed interface ClientKey {
  /** Returns the user of this connection, or its address if no user has logged in. */
  static ClientKey of(Connection connection) {
    var principal = connection.principal();
    return principal.anonymous() ? addressOf(connection) : new User(principal.name());
  }

  /** Returns the address of this connection, whether a user has logged in or not. */
  static ClientKey addressOf(Connection connection) {
    return of(connection.handshake().remote());
  }

  /** Returns the key of an address, without its port. */
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
      var plain = InetAddress.getByAddress(bytes); // IPv4 if the address is mapped
      return plain instanceof Inet6Address
          ? new Network(ByteBuffer.wrap(bytes).getLong())
          : new Address(plain);
    } catch (UnknownHostException e) {
      throw new IllegalStateException("an address has 4 or 16 bytes", e);
    }
  }

  /**
   * A user with a name. Comparable, so that a hash map stays fast even if clients choose many names
   * with one hash code.
   */
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
   * A /64 network of IPv6. Comparable, so that a hash map stays fast even if many networks have one
   * hash code.
   *
   * @param prefix the first 64 bits of the addresses
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

  /** A client whose address is not known. */
  enum Unknown implements ClientKey {
    ADDRESS;

    @Override
    public String toString() {
      return "address unknown";
    }
  }
}
