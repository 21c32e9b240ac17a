package io.lhttp.server.internal.lifecycle;

import io.lhttp.internal.text.IpAddress;
import io.lhttp.server.internal.address.Addresses;
import io.lhttp.server.internal.address.Peer;
import io.lhttp.server.internal.address.ProxyRules;
import io.lhttp.server.internal.limit.AcceptGate;
import io.lhttp.server.internal.limit.RefusalLog;
import io.lhttp.server.internal.limit.RefusalLog.Cause;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.haproxy.HAProxyCommand;
import io.netty.handler.codec.haproxy.HAProxyMessage;
import io.netty.handler.codec.haproxy.HAProxyProtocolException;
import io.netty.handler.codec.haproxy.HAProxySSLTLV;
import java.net.InetSocketAddress;
import java.util.Optional;

/**
 * Takes the PROXY header at the beginning of a trusted proxy's connection from {@link
 * ProxyLineDecoder}. The header names the {@link Peer}. A missing or malformed header closes the
 * connection.
 */
final class ProxyHeader extends ChannelInboundHandlerAdapter {
  private final ProxyRules proxies;
  private final AcceptGate gate;
  private final RefusalLog refusals;
  private final boolean secure;

  /**
   * @param secure whether the proxy's own connection is encrypted
   */
  ProxyHeader(ProxyRules proxies, AcceptGate gate, RefusalLog refusals, boolean secure) {
    this.proxies = proxies;
    this.gate = gate;
    this.refusals = refusals;
    this.secure = secure;
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object received) {
    if (!(received instanceof HAProxyMessage message)) {
      context.fireChannelRead(received);
      return;
    }
    try {
      var channel = context.channel();
      var peer = peer(message, Peer.remote(channel));
      if (peer.isEmpty()) {
        refuse(context);
      } else if (admits(peer.get(), channel, gate)) {
        context.pipeline().remove(this);
      } else {
        context.close();
      }
    } finally {
      message.release();
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    if (cause instanceof HAProxyProtocolException) {
      refuse(context);
    } else {
      context.fireExceptionCaught(cause);
    }
  }

  /** Whether a connection of this peer may stay; if so, it counts until it is closed. */
  static boolean admits(Peer peer, Channel channel, AcceptGate gate) {
    peer.keepWith(channel);
    if (peer.trusted()) {
      return true; // each request counts for the client that it names
    }
    if (!gate.enter(peer.address())) {
      return false;
    }
    channel.closeFuture().addListener(closed -> gate.leave(peer.address()));
    return true;
  }

  /**
   * Returns the peer that the header names; empty if its address is malformed. A connection of the
   * proxy itself, such as a health check, has the proxy as its peer. Its forwarding headers are not
   * read, because a client could have written them.
   */
  private Optional<Peer> peer(HAProxyMessage message, InetSocketAddress proxy) {
    var known =
        message.command() == HAProxyCommand.PROXY
            && switch (message.proxiedProtocol()) {
              case TCP4, TCP6 -> true;
              default -> false;
            };
    if (!known) {
      return Optional.of(new Peer(proxy, secure, false));
    }
    return Optional.ofNullable(message.sourceAddress())
        .flatMap(IpAddress::parse)
        .map(address -> new InetSocketAddress(address, message.sourcePort()))
        .map(source -> new Peer(source, secure || encrypted(message), proxies.trusts(source)));
  }

  private static boolean encrypted(HAProxyMessage message) {
    return message.tlvs().stream()
        .anyMatch(value -> value instanceof HAProxySSLTLV tls && tls.isPP2ClientSSL());
  }

  private void refuse(ChannelHandlerContext context) {
    var proxy = Addresses.text(Peer.remote(context.channel()));
    refusals.refused(Cause.PROXY_HEADER, proxy, "a header of the PROXY protocol", proxy);
    context.close();
  }
}
