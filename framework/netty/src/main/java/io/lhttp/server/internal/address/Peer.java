package io.lhttp.server.internal.address;

import io.netty.channel.Channel;
import io.netty.util.AttributeKey;
import java.net.InetAddress;
import java.net.InetSocketAddress;

/**
 * The other end of a connection: as the socket says it or, of a proxy that speaks the PROXY
 * protocol, as its header says it.
 *
 * @param secure whether the connection that it describes is known to be encrypted
 * @param trusted whether it is a proxy whose forwarding headers are believed
 */
public record Peer(InetSocketAddress address, boolean secure, boolean trusted) {
  private static final AttributeKey<Peer> KEY = AttributeKey.valueOf(Peer.class, "peer");
  private static final InetSocketAddress UNKNOWN = InetSocketAddress.createUnresolved("unknown", 0);

  /** The address that the socket has. */
  public static InetSocketAddress remote(Channel channel) {
    return channel.remoteAddress() instanceof InetSocketAddress remote ? remote : UNKNOWN;
  }

  /** The address that the connection came in on. */
  public static InetAddress local(Channel channel) {
    return channel.localAddress() instanceof InetSocketAddress local && local.getAddress() != null
        ? local.getAddress()
        : InetAddress.getLoopbackAddress();
  }

  /** The peer of this connection; of one whose PROXY header is still to come, the proxy. */
  public static Peer of(Channel channel) {
    var known = channel.attr(KEY).get();
    return known == null ? new Peer(remote(channel), false, false) : known;
  }

  public void keepWith(Channel channel) {
    channel.attr(KEY).set(this);
  }
}
