package io.lhttp.filters.occupancy;

import java.util.List;

/**
 * Rendezvous hashing (Thaler and Ravishankar, 1996): all servers that know the same servers find
 * the same owner of a channel.
 */
final class Rendezvous {
  private Rendezvous() {}

  /**
   * Returns the owner of a channel.
   *
   * @param servers at least one
   */
  static String owner(String channel, List<String> servers) {
    var owner = servers.getFirst();
    var best = weight(owner, channel);
    for (var server : servers) {
      var weight = weight(server, channel);
      if (weight > best || (weight == best && server.compareTo(owner) > 0)) {
        best = weight;
        owner = server;
      }
    }
    return owner;
  }

  /** FNV-1a of both names, mixed as MurmurHash3 does at its end. */
  private static long weight(String server, String channel) {
    var hash = add(add(0xcbf29ce484222325L, server) * 31, channel);
    hash = (hash ^ (hash >>> 33)) * 0xff51afd7ed558ccdL;
    hash = (hash ^ (hash >>> 33)) * 0xc4ceb9fe1a85ec53L;
    return hash ^ (hash >>> 33);
  }

  private static long add(long hash, String text) {
    for (var i = 0; i < text.length(); i++) {
      hash = (hash ^ text.charAt(i)) * 0x100000001b3L;
    }
    return hash;
  }
}
