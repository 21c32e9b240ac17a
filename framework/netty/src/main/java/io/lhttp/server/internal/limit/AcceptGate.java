package io.lhttp.server.internal.limit;

import io.lhttp.ClientKey;
import io.lhttp.server.Limits;
import io.lhttp.server.internal.address.Addresses;
import io.lhttp.server.internal.address.Peer;
import io.lhttp.server.internal.limit.RefusalLog.Cause;
import io.netty.channel.Channel;
import java.net.InetSocketAddress;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Counts open sockets, in all and per client, against the limits. A client is an address or
 * network, see {@link ClientKey}; the networks around it have wider limits. One for each server;
 * all threads may use it.
 *
 * <p>Behind a trusted proxy, each running request and each WebSocket counts for its client instead
 * of the socket. The map contains only clients whose count is not zero.
 */
public final class AcceptGate {
  private final Limits limits;
  private final Counters counters;
  private final RefusalLog refusals;
  private final AtomicInteger all = new AtomicInteger();
  private final ConcurrentMap<ClientKey, Integer> perClient = new ConcurrentHashMap<>();

  public AcceptGate(Limits limits, Counters counters, RefusalLog refusals) {
    this.limits = limits;
    this.counters = counters;
    this.refusals = refusals;
  }

  /**
   * Counts a socket until it is closed. Returns false, without counting it, if the server has too
   * many.
   */
  public boolean admit(Channel channel) {
    if (all.incrementAndGet() > limits.connections()) {
      all.decrementAndGet();
      counters.rejected.increment();
      refusals.refused(
          Cause.CONNECTIONS, "all", limits.connections(), Addresses.text(Peer.remote(channel)));
      return false;
    }
    channel.closeFuture().addListener(closed -> all.decrementAndGet());
    return true;
  }

  /**
   * Counts a socket or request for a client until {@link #leave}. Returns false, without counting
   * it, if the client has too many.
   */
  public boolean enter(InetSocketAddress client) {
    var key = ClientKey.of(client);
    var each = limits.connectionsPerAddress();
    if (!count(key, each)) {
      return refuse(client, Addresses.text(client), each);
    }
    var networks = key.around();
    for (var i = 0; i < networks.size(); i++) {
      var network = networks.get(i);
      var most = Math.multiplyFull(each, network.clients());
      if (!count(network, most)) {
        uncount(key);
        networks.subList(0, i).forEach(this::uncount);
        return refuse(client, network.block(), most);
      }
    }
    return true;
  }

  public void leave(InetSocketAddress client) {
    var key = ClientKey.of(client);
    uncount(key);
    key.around().forEach(this::uncount);
  }

  private boolean count(ClientKey key, long most) {
    if (perClient.merge(key, 1, Integer::sum) <= most) {
      return true;
    }
    uncount(key);
    return false;
  }

  private void uncount(ClientKey key) {
    perClient.computeIfPresent(key, (same, count) -> count > 1 ? count - 1 : null);
  }

  private boolean refuse(InetSocketAddress client, String value, long most) {
    counters.rejected.increment();
    refusals.refused(Cause.CONNECTIONS_PER_ADDRESS, value, most, Addresses.text(client));
    return false;
  }
}
