package io.lhttp.server.internal.http;

import io.lhttp.ClientKey;
import io.lhttp.server.internal.address.Addresses;
import io.lhttp.server.internal.address.Client;
import io.lhttp.server.internal.address.HostCheck;
import io.lhttp.server.internal.address.OriginCheck;
import io.lhttp.server.internal.address.Peer;
import io.lhttp.server.internal.address.ProxyRules;
import io.lhttp.server.internal.limit.AcceptGate;
import io.lhttp.server.internal.limit.HandshakeGate;
import io.lhttp.server.internal.limit.RefusalLog;
import io.lhttp.server.internal.limit.RefusalLog.Cause;
import io.netty.channel.Channel;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;

/**
 * Decides whether an HTTP request may enter, before the server answers it. One for each server; all
 * threads may use it.
 */
public record Admission(
    AcceptGate gate,
    HandshakeGate handshakes,
    ProxyRules proxies,
    HostCheck hosts,
    OriginCheck origins,
    RefusalLog refusals) {

  /** Returns the sender of a request with these headers. */
  Client client(Channel channel, HttpHeaders headers) {
    return proxies.client(Peer.of(channel), headers);
  }

  /**
   * Whether trusted headers contradict each other about the sender, so that the server answers no
   * further.
   */
  boolean contradicts(Channel channel, HttpHeaders headers) {
    var peer = Peer.of(channel);
    if (!peer.trusted() && ProxyRules.forwarded(headers)) {
      refusals.refused(
          Cause.UNTRUSTED_PROXY,
          Addresses.text(peer.address()),
          "trusted-proxies: with its address, if it is a proxy; now its clients are one address",
          Addresses.text(peer.address()));
    } else if (proxies.contradicts(peer, headers)) {
      refusals.refused(
          Cause.TWO_FORWARDING_HEADERS,
          Addresses.text(peer.address()),
          "forwarded-header: with the one that the proxy writes; both came, and differ",
          Addresses.text(peer.address()));
      return true;
    }
    return false;
  }

  /**
   * Whether the server accepts requests for the host that the client names.
   *
   * @param probe as {@link HostCheck#allow}
   */
  boolean allowsHost(Channel channel, Client client, boolean probe) {
    var allowed = hosts.allow(client.host(), Peer.local(channel), probe);
    if (!allowed) {
      refusals.refused(
          Cause.HOST, client.host().orElse(""), hosts, Addresses.text(client.address()));
    }
    return allowed;
  }

  /** Whether a page with the origin in these headers may open a connection or publish. */
  boolean allowsOrigin(Channel channel, Client client, HttpHeaders headers) {
    var sent = headers.getAll(HttpHeaderNames.ORIGIN);
    var allowed = origins.allow(sent, client, Peer.local(channel));
    if (!allowed) {
      refusals.refused(
          Cause.ORIGIN,
          String.join(", ", sent),
          origins.expected(client),
          Addresses.text(client.address()));
    }
    return allowed;
  }

  /**
   * Whether this client may make another WebSocket handshake now.
   *
   * @param perSecond the limit, for the log
   */
  boolean allowsHandshake(Client client, int perSecond) {
    var admitted = handshakes.admit(ClientKey.of(client.address()));
    if (!admitted) {
      refusals.refused(
          Cause.HANDSHAKES_PER_ADDRESS,
          Addresses.text(client.address()),
          perSecond,
          Addresses.text(client.address()));
    }
    return admitted;
  }
}
