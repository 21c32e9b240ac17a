package io.lhttp.filters.quota;

import java.util.Map;
import java.util.Optional;

/**
 * The options of the filter {@code quota}.
 *
 * @param tenant the place that names a connection's tenant; clients without one share a tenant
 * @param connections the most open connections of a tenant on this server, 1 at least; by default
 *     without a limit
 * @param subscriptions the most subscriptions of a tenant's connections together, 1 at least; by
 *     default without a limit
 * @param publications the publications of a tenant per second, 1 at least; by default without a
 *     limit
 * @param burst the most publications of a tenant at once, 1 at least; by default those of one
 *     second
 * @param historyBytes the most bytes that a tenant's publications to this server keep in channels'
 *     histories, 1 KiB at least; by default without a limit
 * @param tenants limits of single tenants, by name
 * @param nameless other limits for the clients without a tenant together; by default a tenant's
 * @param most the most tenants that are counted apart, beside those in {@code tenants}; more share
 *     one tenant's limits. 1 at least
 * @param shown the most tenants with a name in the metrics, beside those in {@code tenants}
 */
public record QuotaOptions(
    TenantSource tenant,
    Optional<Integer> connections,
    Optional<Integer> subscriptions,
    Optional<Integer> publications,
    Optional<Integer> burst,
    Optional<Long> historyBytes,
    Map<String, Quota> tenants,
    Optional<Quota> nameless,
    int most,
    int shown) {
  public static final int DEFAULT_MOST = 10_000;
  public static final int DEFAULT_SHOWN = 100;

  QuotaOptions() {
    this(
        TenantSource.parse("user"),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Map.of(),
        Optional.empty(),
        DEFAULT_MOST,
        DEFAULT_SHOWN);
  }

  /**
   * @throws IllegalArgumentException if a limit is not positive
   */
  public QuotaOptions {
    var unused = new Quota(connections, subscriptions, publications, burst, historyBytes);
    if (most < 1 || shown < 0) {
      throw new IllegalArgumentException("most has to be positive, and shown not negative");
    }
    tenants = Map.copyOf(tenants);
  }

  /** Returns options with these limits for every tenant and the defaults. */
  public static QuotaOptions of(TenantSource tenant, Quota quota) {
    return of(tenant, quota, Map.of());
  }

  /** Returns options with limits of single tenants beside those of all, and the defaults. */
  public static QuotaOptions of(TenantSource tenant, Quota quota, Map<String, Quota> tenants) {
    return new QuotaOptions(
        tenant,
        quota.connections(),
        quota.subscriptions(),
        quota.publications(),
        quota.burst(),
        quota.historyBytes(),
        tenants,
        Optional.empty(),
        DEFAULT_MOST,
        DEFAULT_SHOWN);
  }

  /** The limits of a tenant without limits of its own. */
  Quota all() {
    return new Quota(connections, subscriptions, publications, burst, historyBytes);
  }
}
