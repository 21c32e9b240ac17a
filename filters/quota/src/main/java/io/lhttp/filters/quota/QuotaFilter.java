package io.lhttp.filters.quota;

import io.lhttp.AttributeKey;
import io.lhttp.Chain;
import io.lhttp.CloseStatus;
import io.lhttp.Connection;
import io.lhttp.Exchange;
import io.lhttp.Filter;
import io.lhttp.HandsOver;
import io.lhttp.HistoryAccount;
import io.lhttp.KeepsRoute;
import io.lhttp.Metric;
import io.lhttp.MetricSource;
import io.lhttp.NonBlocking;
import io.lhttp.Outcome;
import io.lhttp.Surroundings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.function.ToDoubleFunction;

/**
 * Limits what a tenant has on this server: connections, subscriptions, publications per second and
 * bytes in histories. All threads may use it.
 *
 * <p>A connection over the limit is closed with 4429. Publications over the rate are refused with
 * 429, and with 409 if histories keep too much of the tenant. Subscriptions are refused with 409,
 * whether the client or the server's code requests them.
 */
@KeepsRoute
@NonBlocking
public final class QuotaFilter implements Filter, HandsOver<Object>, MetricSource {
  /** The attribute with a connection's tenant; absent without one. */
  public static final AttributeKey<String> TENANT = AttributeKey.of("quota.tenant", String.class);

  private static final CloseStatus FULL =
      CloseStatus.RATE_LIMIT.because("too many connections of this tenant");

  private static final String PUBLISH = "publish";

  private final QuotaOptions options;
  private volatile Tenants tenants;

  /** Whether a successor counts on with {@link #tenants}. */
  private volatile boolean handedOver;

  public QuotaFilter(QuotaOptions options) {
    this(options, System::nanoTime);
  }

  /** Creates a filter that uses the clock of these surroundings. */
  public QuotaFilter(QuotaOptions options, Surroundings surroundings) {
    this(options, surroundings.nanos());
  }

  /**
   * Creates a filter with another clock.
   *
   * @param nanos counts as {@link System#nanoTime} does
   */
  public QuotaFilter(QuotaOptions options, LongSupplier nanos) {
    this.options = options;
    this.tenants = new Tenants(nanos);
    this.tenants.apply(options);
  }

  @Override
  public void onOpen(Connection connection) {
    if (!connection.single() && place(connection, false).isEmpty()) {
      connection.close(FULL);
    }
  }

  /** Counts a connection that was open before; it stays even beyond the limit. */
  @Override
  public void onJoin(Connection connection) {
    var unused = place(connection, true);
  }

  @Override
  public void onReview(Connection connection) {
    if (place(connection, false).isEmpty()) {
      connection.close(FULL);
    }
  }

  @Override
  public Outcome filter(Exchange exchange, Chain chain) throws Exception {
    var connection = exchange.connection();
    var tenant = connection.single() ? Optional.of(borrow(connection)) : place(connection, false);
    if (tenant.isEmpty()) {
      return Outcome.closed(FULL);
    }
    var headers = exchange.request().headers();
    if (headers.has(PUBLISH)) {
      var count = headers.distinctWords(PUBLISH).size();
      var quota = tenant.get().quota;
      if (quota.publications().isPresent() && count > quota.most()) {
        return Outcome.refused(
            413, "more than " + quota.most() + " publications of this tenant at once");
      }
      var wait = tenant.get().publish(count, tenants.now());
      if (wait > 0) {
        return Outcome.refused(429, "too many publications of this tenant")
            .retryAfter(Duration.ofNanos(wait));
      }
    }
    return chain.proceed(exchange);
  }

  /** Leaves the counts to a successor, or counts the connection no more without one. */
  @Override
  public void onLeave(Connection connection) {
    if (!handedOver) {
      tenants.remove(connection);
      connection.attributes().remove(HistoryAccount.OF);
    }
  }

  @Override
  public void onClose(Connection connection) {
    tenants.remove(connection);
  }

  @Override
  public Optional<Object> handOver() {
    handedOver = true;
    return Optional.of(tenants);
  }

  @Override
  public void takeOver(Optional<Object> state) {
    if (state.isPresent() && state.get() instanceof Tenants known) {
      tenants = known;
    }
    handedOver = false;
    tenants.apply(options);
  }

  @Override
  public List<Metric> metrics() {
    var metrics = new ArrayList<Metric>();
    metrics.add(
        Metric.gauge("quota_tenants", "Tenants that are counted apart.", (long) tenants.size()));
    tenants
        .inMetrics()
        .forEach((name, of) -> {
          metrics.add(
              Metric.gauge(
                      "quota_connections",
                      "Open connections of a tenant.",
                      sum(of, tenant -> tenant.connections.get()))
                  .with("tenant", name));
          metrics.add(
              Metric.gauge(
                      "quota_subscriptions",
                      "Subscriptions of a tenant.",
                      sum(of, tenant -> tenant.subscriptions.get()))
                  .with("tenant", name));
          metrics.add(
              Metric.gauge(
                      "quota_history_bytes",
                      "Bytes that a tenant's publications keep in histories, if limited.",
                      sum(of, tenant -> tenant.historyBytes.get()))
                  .with("tenant", name));
          metrics.add(refusals(name, "connections", sum(of, t -> t.refusedConnections.sum())));
          metrics.add(refusals(name, "subscriptions", sum(of, t -> t.refusedSubscriptions.sum())));
          metrics.add(refusals(name, "publications", sum(of, t -> t.refusedPublications.sum())));
          metrics.add(refusals(name, "history-bytes", sum(of, t -> t.refusedHistoryBytes.sum())));
        });
    return List.copyOf(metrics);
  }

  private static Metric refusals(String tenant, String quota, double count) {
    return Metric.counter("quota_refusals", "Refusals over a tenant's quota.", count)
        .with("tenant", tenant)
        .with("quota", quota);
  }

  private static double sum(List<Tenant> tenants, ToDoubleFunction<Tenant> figure) {
    return tenants.stream().mapToDouble(figure).sum();
  }

  /** Returns the tenant of a message by {@code POST /publish}, which counts as no connection. */
  private Tenant borrow(Connection connection) {
    var name = options.tenant().of(connection);
    name.ifPresent(tenant -> connection.attributes().set(TENANT, tenant));
    var tenant = tenants.find(name);
    connection.attributes().set(HistoryAccount.OF, tenant);
    return tenant;
  }

  /** Returns the tenant that counts the connection; empty if it has no connection left. */
  private Optional<Tenant> place(Connection connection, boolean admitted) {
    var name = options.tenant().of(connection);
    var seat = tenants.of(connection);
    if (seat.isPresent() && (handedOver || seat.get().name().equals(name))) {
      return Optional.of(seat.get().tenant()); // the way of nearly every message
    }
    var tenant = tenants.place(connection, name, admitted);
    if (tenant.isPresent()) {
      connection.attributes().set(HistoryAccount.OF, tenant.get());
      name.ifPresentOrElse(
          found -> connection.attributes().set(TENANT, found),
          () -> connection.attributes().remove(TENANT));
    }
    return tenant;
  }
}
