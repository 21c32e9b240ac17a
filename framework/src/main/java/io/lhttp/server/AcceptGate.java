package io.lhttp.server;

import io.netty.channel.Channel;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Counts open sockets, in all and per address, and lets no more in than the limits allow. An IPv6
 * address counts with its /64 network, which one client usually has for itself. Safe for all
 * threads. Its map holds no address without an open socket.
 */
final class AcceptGate {
  private final Limits limits;
  private final Counters counters;
  private final AtomicInteger all = new AtomicInteger();
  private final ConcurrentMap<Object, Integer> perAddress = new ConcurrentHashMap<>();

  AcceptGate(Limits limits, Counters counters) {
    this.limits = limits;
    this.counters = counters;
  }

  /** Whether this socket may stay; if so, it counts until it is closed. */
  boolean admit(Channel channel) {
    if (all.incrementAndGet() > limits.connections()) {
      all.decrementAndGet();
      counters.rejected.increment();
      return false;
    }
    var address = Addresses.of(channel);
    if (perAddress.merge(address, 1, Integer::sum) > limits.connectionsPerAddress()) {
      leave(address);
      counters.rejected.increment();
      return false;
    }
    channel.closeFuture().addListener(closed -> leave(address));
    return true;
  }

  private void leave(Object address) {
    all.decrementAndGet();
    perAddress.computeIfPresent(address, (a, count) -> count > 1 ? count - 1 : null);
  }
}
