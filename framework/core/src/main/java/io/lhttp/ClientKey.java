package io.lhttp;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * One client, for limits, rate-limit buckets and bans. All connections of one client have equal
 * keys.
 *
 * <p>A user with a name is one client. A client without a name is its address, and an IPv6 address
 * counts with its /64 network. A subscriber often has a /56 or a /48, so these networks have limits
 * of their own ({@link #around}).
 */
public sealed interface ClientKey {
  /** Returns the user of this connection, or its address if no user has logged in. */
  static ClientKey of(Connection connection) {
    var principal = connection.principal();
    return principal.anonymous() ? addressOf(connection) : new User(principal.name());
  }

  /**
   * Returns the networks of IPv6 around this client, the smaller first: its /56 and its /48. Empty
   * for a user and for IPv4.
   */
  default List<Network> around() {
    return List.of();
  }

  /**
   * Returns the largest network around this client, which one person may have; for a user and for
   * IPv4 this key itself.
   */
  default ClientKey site() {
    return this;
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
   * A network of IPv6. Comparable, so that a hash map stays fast even if many networks have one
   * hash code.
   *
   * @param prefix the first 64 bits of the addresses; those beyond the network's own are zero
   * @param bits 64 for a client, 56 or 48 for a network around it
   */
  record Network(long prefix, int bits) implements ClientKey, Comparable<Network> {
    private static final int CLIENT = 64;
    private static final int HOUSEHOLD = 56;
    private static final int SITE = 48;

    public Network {
      if (bits != CLIENT && bits != HOUSEHOLD && bits != SITE) {
        throw new IllegalArgumentException("a network has 64, 56 or 48 bits: " + bits);
      }
      prefix &= -1L << (CLIENT - bits);
    }

    /** Creates the /64 network with this prefix. */
    public Network(long prefix) {
      this(prefix, CLIENT);
    }

    @Override
    public List<Network> around() {
      return bits == CLIENT ? List.of(new Network(prefix, HOUSEHOLD), site()) : List.of();
    }

    @Override
    public Network site() {
      return new Network(prefix, SITE);
    }

    /**
     * The number of clients whose limits this network may use up together: 1 for a /64, 4 for a
     * /56, 16 for a /48.
     */
    public int clients() {
      return 1 << ((CLIENT - bits) / 4);
    }

    @Override
    public int compareTo(Network other) {
      return bits == other.bits
          ? Long.compare(prefix, other.prefix)
          : Integer.compare(bits, other.bits);
    }

    /** Returns the network in the notation of RFC 4291, such as {@code 2001:db8:1::/48}. */
    public String block() {
      var groups = new StringBuilder();
      for (var shift = CLIENT - 16; shift >= CLIENT - bits - 15; shift -= 16) {
        groups.append(Long.toHexString((prefix >>> shift) & 0xffff)).append(':');
      }
      return groups.append(":/").append(bits).toString();
    }

    @Override
    public String toString() {
      return "address " + block();
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
