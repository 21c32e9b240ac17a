package io.lhttp.server.internal.address;

import io.netty.channel.Channel;
import io.netty.util.AttributeKey;
import java.net.InetAddress;
import java.net.InetSocketAddress;

/**
 * The other end of a connection, as the socket or a proxy's PROXY header names it.
 *
 * @param secure whether the described connection is known to be encrypted
 * @param trusted whether the peer is a proxy whose forwarding headers count
 */
public record Peer(InetSocketAddress address, boolean secure, boolean trusted) {
  private static final AttributeKey<Peer> KEY = AttributeKey.valueOf(Peer.class, "peer");
  private static final InetSocketAddress UNKNOWN = InetSocketAddress.createUnresolved("unknown", 0);

  /** Returns the socket's remote address. */
  public static InetSocketAddress remote(Channel channel) {
    return channel.remoteAddress() instanceof InetSocketAddress remote ? remote : UNKNOWN;
  }

  /** Returns the address on which the connection came in. */
  public static InetAddress local(Channel channel) {
    return channel.localAddress() instanceof InetSocketAddress local && local.getAddress() != null
        ? local.getAddress()
        : InetAddress.getLoopbackAddress();
  }

  /** Returns the connection's peer; before a PROXY header has arrived, the proxy. */
  public static Peer of(Channel channel) {
    var known = channel.attr(KEY).get();
    return known == null ? new Peer(remote(channel), false, false) : known;
  }

  public void keepWith(Channel channel) {
    channel.attr(KEY).set(this);
  }
}
