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
 * Counts open sockets, in all and per client, against the limits. A client is an address, as {@link
 * ClientKey} has it. One for each server; all threads may use it.
 *
 * <p>Behind a trusted proxy, a client's running requests and WebSockets count. The map has only
 * clients with a count.
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

  /** Whether there is room for this socket; if so, it counts until it is closed. */
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

  /** Whether this client may have one more; if so, it counts until {@link #leave}. */
  public boolean enter(InetSocketAddress client) {
    var key = ClientKey.of(client);
    if (perClient.merge(key, 1, Integer::sum) > limits.connectionsPerAddress()) {
      leave(client);
      counters.rejected.increment();
      refusals.refused(
          Cause.CONNECTIONS_PER_ADDRESS,
          Addresses.text(client),
          limits.connectionsPerAddress(),
          Addresses.text(client));
      return false;
    }
    return true;
  }

  public void leave(InetSocketAddress client) {
    perClient.computeIfPresent(ClientKey.of(client), (key, count) -> count > 1 ? count - 1 : null);
  }
}
