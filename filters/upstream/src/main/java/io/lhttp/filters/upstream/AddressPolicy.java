package io.lhttp.filters.upstream;

import io.lhttp.AddressBlock;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The addresses to which the filter may connect: public ones, and those that the configuration
 * allows. An address that is not known to be public is refused. Immutable.
 */
record AddressPolicy(Set<AddressBlock> allowed) {
  /** Blocks of IPv4 that are not public (IANA's registry of special-purpose addresses). */
  private static final List<AddressBlock> SPECIAL_IPV4 =
      networks(
          "0.0.0.0/8", // this host
          "10.0.0.0/8", // private
          "100.64.0.0/10", // behind a carrier's NAT
          "127.0.0.0/8", // loopback
          "169.254.0.0/16", // link-local: clouds' metadata
          "172.16.0.0/12", // private
          "192.0.0.0/24", // protocol assignments
          "192.0.2.0/24", // documentation
          "192.31.196.0/24", // AS112
          "192.52.193.0/24", // AMT
          "192.88.99.0/24", // 6to4 relays
          "192.168.0.0/16", // private
          "192.175.48.0/24", // AS112
          "198.18.0.0/15", // benchmarks
          "198.51.100.0/24", // documentation
          "203.0.113.0/24", // documentation
          "224.0.0.0/4", // multicast
          "240.0.0.0/4", // reserved, broadcast
          "168.63.129.16/32"); // the platform of Azure, although in a public block

  /**
   * All public IPv6 addresses are in this block; ::1, fc00::/7, fe80::/10 and 64:ff9b::/96 are not.
   */
  private static final AddressBlock GLOBAL_IPV6 = AddressBlock.parse("2000::/3");

  /**
   * Blocks within the public IPv6 addresses that are not public themselves, or contain an IPv4
   * address.
   */
  private static final List<AddressBlock> SPECIAL_IPV6 =
      networks(
          "2001::/23", // protocol assignments, Teredo among them
          "2001:db8::/32", // documentation
          "2002::/16", // 6to4
          "2620:4f:8000::/48", // AS112
          "3fff::/20"); // documentation

  private static final List<AddressBlock> LOOPBACK = networks("127.0.0.0/8", "::1");

  AddressPolicy {
    allowed = Set.copyOf(allowed);
  }

  /**
   * Returns a policy that also allows this host if it is an address. The host is one that the
   * operator has configured, so that a private address in it is intended.
   */
  AddressPolicy with(String host) {
    var more = new HashSet<>(allowed);
    if (host.equals("localhost")) {
      more.addAll(LOOPBACK);
    } else {
      try {
        more.add(AddressBlock.parse(host));
      } catch (IllegalArgumentException e) {
        // The host is a name, which allows no address.
      }
    }
    return new AddressPolicy(more);
  }

  boolean permits(InetAddress address) {
    return any(allowed, address) || isPublic(address);
  }

  private static boolean isPublic(InetAddress address) {
    return address instanceof Inet4Address
        ? !any(SPECIAL_IPV4, address)
        : GLOBAL_IPV6.contains(address) && !any(SPECIAL_IPV6, address);
  }

  private static boolean any(Iterable<AddressBlock> networks, InetAddress address) {
    for (var network : networks) {
      if (network.contains(address)) {
        return true;
      }
    }
    return false;
  }

  private static List<AddressBlock> networks(String... networks) {
    return Stream.of(networks).map(AddressBlock::parse).toList();
  }
}
