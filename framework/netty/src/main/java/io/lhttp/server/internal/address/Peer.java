package io.lhttp.server.internal.address;

import io.netty.channel.Channel;
import io.netty.util.AttributeKey;
import java.net.InetAddress;
import java.net.InetSocketAddress;

/**
 * The other end of a connection: the socket's, or the one that the PROXY header names.
 *
 * @param secure whether that end's connection is known to be encrypted
 * @param trusted whether that end is a proxy whose forwarding headers the server reads
 */
public record Peer(InetSocketAddress address, boolean secure, boolean trusted) {
  private static final AttributeKey<Peer> KEY = AttributeKey.valueOf(Peer.class, "peer");
  private static final InetSocketAddress UNKNOWN = InetSocketAddress.createUnresolved("unknown", 0);

  /** Returns the socket's remote address. */
  public static InetSocketAddress remote(Channel channel) {
    return channel.remoteAddress() instanceof InetSocketAddress remote ? remote : UNKNOWN;
  }

  /** Returns the address of this machine on which the connection came in. */
  public static InetAddress local(Channel channel) {
    return channel.localAddress() instanceof InetSocketAddress local && local.getAddress() != null
        ? local.getAddress()
        : InetAddress.getLoopbackAddress();
  }

  /** Returns the connection's peer. Until a PROXY header has arrived, the peer is the proxy. */
  public static Peer of(Channel channel) {
    var known = channel.attr(KEY).get();
    return known == null ? new Peer(remote(channel), false, false) : known;
  }

  public void keepWith(Channel channel) {
    channel.attr(KEY).set(this);
  }
}
