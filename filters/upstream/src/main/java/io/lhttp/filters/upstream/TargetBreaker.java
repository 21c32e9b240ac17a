package io.lhttp.filters.upstream;

import io.lhttp.ClientKey;
import io.lhttp.filters.cache.BoundedCache;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.function.LongSupplier;

/**
 * Leaves a target alone that fails: for everybody where it fails for several clients or can't be
 * connected to, for one client where it fails for that one. So nobody closes a target to others by
 * asking for what makes it fail. Safe for all threads.
 */
final class TargetBreaker {
  /** Clients whose failures are kept apart; over that, those go that were seen least. */
  private static final int CLIENTS = 1000;

  private final int limit;
  private final Duration pause;
  private final LongSupplier nanoTime;
  private final Breaker everybody;
  private final BoundedCache<Object, Breaker> clients;

  /** Clients whose failures counted in the present row. Guarded by itself; at most the limit. */
  private final Set<Object> counted = new HashSet<>();

  /** Read before the tables are: false where nobody has failed lately. */
  private volatile boolean troubled;

  /**
   * @param limit failures in a row; 0 for never
   */
  TargetBreaker(int limit, Duration pause, LongSupplier nanoTime) {
    this.limit = limit;
    this.pause = pause;
    this.nanoTime = nanoTime;
    this.everybody = new Breaker(limit, pause, nanoTime);
    this.clients = new BoundedCache<>(CLIENTS, pause.multipliedBy(10), nanoTime);
  }

  /** Whether {@link #enter} would let this client's request go now. */
  boolean permits(ClientKey client) {
    return !troubled || (everybody.permits() && own(client, true));
  }

  /** Lets a request go, or not; who is let go tells how it ended. */
  boolean enter(ClientKey client) {
    return !troubled || (own(client, true) && everybody.enter() && own(client, false));
  }

  /** Returns true where this opens the target to everybody again. */
  boolean succeeded(ClientKey client) {
    if (!troubled) {
      return false;
    }
    clients.get(client).ifPresent(Breaker::succeeded);
    synchronized (counted) {
      counted.clear();
    }
    return everybody.succeeded();
  }

  /** No connection could be had; returns true where this closes the target to everybody. */
  boolean unreachable() {
    troubled = true;
    return everybody.failed();
  }

  /** An answer that tells of a failure, or none in time; returns the same. */
  boolean failed(ClientKey client) {
    if (limit == 0) {
      return false;
    }
    troubled = true;
    clients.get(client, _ -> new Breaker(limit, pause, nanoTime)).failed();
    synchronized (counted) {
      if (!everybody.open() && !counted.add(client)) {
        return false;
      }
      var opened = everybody.failed();
      if (opened) {
        counted.clear();
      }
      return opened;
    }
  }

  /** Whether it is closed to everybody. */
  boolean open() {
    return everybody.open();
  }

  /** Until this client may try again; zero or less where it may now. */
  Duration pause(ClientKey client) {
    var own = clients.get(client).map(Breaker::pause).orElse(Duration.ZERO);
    return own.compareTo(everybody.pause()) > 0 ? own : everybody.pause();
  }

  Duration pause() {
    return everybody.pause();
  }

  private boolean own(ClientKey client, boolean onlyLook) {
    var breaker = clients.get(client);
    return breaker.isEmpty() || (onlyLook ? breaker.get().permits() : breaker.get().enter());
  }
}
