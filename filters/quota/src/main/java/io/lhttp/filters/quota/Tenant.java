package io.lhttp.filters.quota;

import io.lhttp.HistoryAccount;
import io.lhttp.RefusedException;
import io.lhttp.SubscriptionAccount;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/**
 * The counts of one tenant. {@link Tenants} owns it; all threads may use it. Times are nanoseconds
 * since the tenants were created.
 */
final class Tenant implements SubscriptionAccount, HistoryAccount {
  private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

  final String name;

  /** Whether the metrics show the tenant by its name. */
  final boolean shown;

  /** Whether that is one of the names for tenants without limits of their own. */
  final boolean takesName;

  /** Changed by a reload. */
  volatile Quota quota;

  /** Open connections. Only {@link Tenants} changes it, under its lock. */
  final AtomicInteger connections = new AtomicInteger();

  final AtomicInteger subscriptions = new AtomicInteger();

  final AtomicLong historyBytes = new AtomicLong();

  /** The time at which the bucket of publications will be full again. */
  private final AtomicLong full = new AtomicLong();

  final LongAdder refusedConnections = new LongAdder();
  final LongAdder refusedSubscriptions = new LongAdder();
  final LongAdder refusedPublications = new LongAdder();
  final LongAdder refusedHistoryBytes = new LongAdder();

  Tenant(String name, boolean shown, boolean takesName, Quota quota) {
    this.name = name;
    this.shown = shown;
    this.takesName = takesName;
    this.quota = quota;
  }

  boolean takesConnection() {
    return connections.get() < quota.connections().orElse(Integer.MAX_VALUE);
  }

  /** Whether the tenant has nothing that a new tenant of the name would not have. */
  boolean idle(long now) {
    return connections.get() == 0
        && subscriptions.get() == 0
        && historyBytes.get() == 0
        && full.get() <= now;
  }

  /**
   * Takes tokens for publications; returns 0, or the nanoseconds until there are as many.
   *
   * @param count not more than the burst
   */
  long publish(int count, long now) {
    var limits = quota;
    if (limits.publications().isEmpty()) {
      return 0;
    }
    var each = Math.max(1, SECOND / limits.publications().get());
    var room = each * limits.most();
    while (true) {
      var before = full.get();
      // A reload to a smaller burst must not leave a client waiting for the larger one's debt.
      var from = Math.min(Math.max(before, now), now + room);
      var wait = from + count * each - now - room;
      if (wait > 0) {
        refusedPublications.increment();
        return wait;
      }
      if (full.compareAndSet(before, from + count * each)) {
        return 0;
      }
    }
  }

  @Override
  public void take(int count) {
    var most = quota.subscriptions().orElse(Integer.MAX_VALUE);
    while (true) {
      var before = subscriptions.get();
      if (count > most - before) {
        refusedSubscriptions.increment();
        throw new RefusedException(409, "no more than " + most + " subscriptions of this tenant");
      }
      if (subscriptions.compareAndSet(before, before + count)) {
        return;
      }
    }
  }

  @Override
  public void add(int count) {
    subscriptions.addAndGet(count);
  }

  @Override
  public void giveBack(int count) {
    subscriptions.addAndGet(-count);
  }

  @Override
  public boolean limited() {
    return quota.historyBytes().isPresent();
  }

  @Override
  public void keep(long bytes) {
    var most = quota.historyBytes().orElse(Long.MAX_VALUE);
    while (true) {
      var before = historyBytes.get();
      if (bytes > most - before) {
        refusedHistoryBytes.increment();
        throw new RefusedException(
            409, "no more than " + most + " bytes in histories of this tenant");
      }
      if (historyBytes.compareAndSet(before, before + bytes)) {
        return;
      }
    }
  }

  @Override
  public void release(long bytes) {
    historyBytes.addAndGet(-bytes);
  }
}
