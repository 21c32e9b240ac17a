package io.lhttp.filters.quota;

import io.lhttp.Connection;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;

/**
 * All tenants of one filter and the connections that count for them. A reload hands this object to
 * the next instance, so that no count is lost. All threads may use it.
 *
 * <p>A tenant is kept while it has connections, or a bucket that is not full. If there is no room
 * for another tenant, it counts as {@link #OTHER}, which all such tenants share.
 */
final class Tenants {
  /** The name in metrics of the clients without a tenant. */
  static final String NAMELESS = "none";

  /** The name in metrics of all tenants without room, or without a name there. */
  static final String OTHER = "other";

  /**
   * The place of a connection.
   *
   * @param name the tenant's name as the connection has it, whichever tenant counts it
   */
  record Seat(Tenant tenant, Optional<String> name) {}

  private final LongSupplier nanos;
  private final long origin;

  /** The tenant of each counted connection, by the connection's id. */
  private final Map<String, Seat> byConnection = new ConcurrentHashMap<>();

  /** Written under this object's lock. */
  private final Map<String, Tenant> byName = new ConcurrentHashMap<>();

  /** All of {@link #byName}, in the order of the last look. Guarded by this object's lock. */
  private final Deque<Tenant> order = new ArrayDeque<>();

  private final Tenant nameless = new Tenant(NAMELESS, true, false, Quota.NONE);
  private final Tenant other = new Tenant(OTHER, true, false, Quota.NONE);

  /** The tenants with limits of their own. Guarded by this object's lock. */
  private Set<String> configured = new HashSet<>();

  /** The tenants that take one of the names in metrics. Guarded by this object's lock. */
  private int shown;

  private volatile QuotaOptions options = new QuotaOptions();

  Tenants(LongSupplier nanos) {
    this.nanos = nanos;
    this.origin = nanos.getAsLong();
  }

  /** Applies limits, at the start and after a reload; the counts stay. */
  synchronized void apply(QuotaOptions changed) {
    options = changed;
    nameless.quota = changed.nameless().orElse(Quota.NONE).over(changed.all());
    other.quota = changed.all();
    configured = new HashSet<>(changed.tenants().keySet());
    byName.values().forEach(tenant -> tenant.quota = quotaOf(tenant.name));
  }

  long now() {
    return nanos.getAsLong() - origin;
  }

  /** Returns the place of a connection that is counted already. */
  Optional<Seat> of(Connection connection) {
    return Optional.ofNullable(byConnection.get(connection.id()));
  }

  /** Returns the tenant of this name, or the one of its place if there is no room. */
  synchronized Tenant find(Optional<String> name) {
    if (name.isEmpty()) {
      return nameless;
    }
    var known = byName.get(name.get());
    if (known != null) {
      return known;
    }
    var own = configured.contains(name.get());
    if (!own && !room()) {
      return other;
    }
    var takesName = !own && shown < options.shown();
    var tenant = new Tenant(name.get(), own || takesName, takesName, quotaOf(name.get()));
    byName.put(tenant.name, tenant);
    order.add(tenant);
    shown += takesName ? 1 : 0;
    return tenant;
  }

  /**
   * Counts a connection for a tenant, and its subscriptions too. A connection that counted for
   * another tenant moves.
   *
   * @param admitted whether the connection counts even beyond the limit, because it is open already
   * @return the tenant; empty if it has no connection left
   */
  Optional<Tenant> place(Connection connection, Optional<String> name, boolean admitted) {
    Tenant tenant;
    Tenant before;
    synchronized (this) {
      tenant = find(name);
      var seat = byConnection.get(connection.id());
      before = seat == null ? null : seat.tenant();
      if (tenant.equals(before)) {
        byConnection.put(connection.id(), new Seat(tenant, name));
        return Optional.of(tenant);
      }
      if (!admitted && !tenant.takesConnection()) {
        tenant.refusedConnections.increment();
        return Optional.empty();
      }
      tenant.connections.incrementAndGet();
      byConnection.put(connection.id(), new Seat(tenant, name));
      if (before != null) {
        before.connections.decrementAndGet();
      }
    }
    // without the lock, because subscriptions have a lock of their own
    if (before != null) {
      connection.subscriptions().uncount(before);
    }
    connection.subscriptions().count(tenant);
    return Optional.of(tenant);
  }

  /** Counts a connection no more. */
  void remove(Connection connection) {
    Tenant tenant;
    synchronized (this) {
      var seat = byConnection.remove(connection.id());
      if (seat == null) {
        return;
      }
      tenant = seat.tenant();
      tenant.connections.decrementAndGet();
    }
    connection.subscriptions().uncount(tenant);
  }

  /** Whether there is room for a tenant, perhaps after two idle ones were removed. */
  private boolean room() {
    var now = now();
    for (var look = 0; look < 2 && !order.isEmpty(); look++) {
      var oldest = order.removeFirst();
      if (oldest.idle(now)) {
        byName.remove(oldest.name);
        shown -= oldest.takesName ? 1 : 0;
        other.refusedConnections.add(oldest.refusedConnections.sum());
        other.refusedSubscriptions.add(oldest.refusedSubscriptions.sum());
        other.refusedPublications.add(oldest.refusedPublications.sum());
        other.refusedHistoryBytes.add(oldest.refusedHistoryBytes.sum());
      } else {
        order.addLast(oldest);
      }
    }
    return byName.size() < options.most() + configured.size();
  }

  private Quota quotaOf(String name) {
    return options.tenants().getOrDefault(name, Quota.NONE).over(options.all());
  }

  int size() {
    return byName.size();
  }

  /** Returns the tenants by their names in metrics. */
  synchronized Map<String, List<Tenant>> inMetrics() {
    var named = new HashMap<String, List<Tenant>>();
    named.computeIfAbsent(NAMELESS, unused -> new ArrayList<>()).add(nameless);
    named.computeIfAbsent(OTHER, unused -> new ArrayList<>()).add(other);
    for (var tenant : byName.values()) {
      var name = tenant.shown ? tenant.name : OTHER;
      named.computeIfAbsent(name, unused -> new ArrayList<>()).add(tenant);
    }
    return named;
  }
}
