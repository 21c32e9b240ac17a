package io.lhttp.server;

import io.netty.channel.Channel;
import java.net.Inet6Address;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;

/**
 * What counts as one client. An IPv6 address counts with its /64 network, which one client usually
 * has for itself.
 */
final class Addresses {
  private Addresses() {}

  /** A key that is equal for one client's sockets. */
  static Object of(Channel channel) {
    if (!(channel.remoteAddress() instanceof InetSocketAddress remote)) {
      return "unknown";
    }
    return remote.getAddress() instanceof Inet6Address six
        ? ByteBuffer.wrap(six.getAddress()).getLong()
        : remote.getAddress();
  }
}
