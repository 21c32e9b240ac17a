package io.lhttp.filters.upstream;

import io.lhttp.ClientKey;
import io.lhttp.internal.cache.BoundedCache;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Stops requests to a failing target. Failed connections, and failed requests of several clients,
 * stop the requests of all clients; failed requests of one client stop only that client's. Hence no
 * client can close a target to others by requests that fail. The clients of one site ({@link
 * ClientKey#site}) count as one that way. All threads may use it.
 *
 * <p>Nor can a client keep a target closed. After the pause one request is a try, and its failure
 * closes the target again only if a second client's try fails, too. A client whose own requests
 * failed has to leave the others time for a try first.
 */
final class TargetBreaker {
  /**
   * The most clients whose failures are remembered; further clients replace those that were used
   * least.
   */
  private static final int CLIENTS = 1000;

  private final int limit;
  private final Duration pause;
  private final LongSupplier nanoTime;
  private final Breaker everybody;
  private final BoundedCache<Object, Breaker> clients;

  /**
   * The sites of the clients whose failures count in the current row of failures. Guarded by the
   * lock of the collection itself; at most {@link #limit}.
   */
  private final Set<Object> counted = new HashSet<>();

  /** The client of the last try. Guarded by the lock of {@link #counted}. */
  private @Nullable ClientKey trying;

  /**
   * The site of the client whose try failed, while no other site's try has ended; else null.
   * Written with the lock of {@link #counted}.
   */
  private volatile @Nullable ClientKey doubted;

  /** False until a failure was reported. While it is false, requests need no look-up. */
  private volatile boolean troubled;

  /**
   * @param limit the number of failures in a row that stops requests; 0 for never
   */
  TargetBreaker(int limit, Duration pause, LongSupplier nanoTime) {
    this.limit = limit;
    this.pause = pause;
    this.nanoTime = nanoTime;
    this.everybody = new Breaker(limit, pause, nanoTime);
    this.clients = new BoundedCache<>(CLIENTS, pause.multipliedBy(10), nanoTime);
  }

  /** Whether {@link #enter} would admit a request of this client now. */
  boolean permits(ClientKey client) {
    return !troubled || (everybody.permits(pauses(client)) && own(client, true));
  }

  /**
   * Whether a request of this client may be sent. If so, the caller must report how the request
   * ended.
   */
  boolean enter(ClientKey client) {
    return !troubled || (own(client, true) && enterAsOne(client) && own(client, false));
  }

  private boolean enterAsOne(ClientKey client) {
    if (!everybody.open()) {
      return true;
    }
    synchronized (counted) {
      if (!everybody.enter(pauses(client))) {
        return false;
      }
      trying = client;
      return true;
    }
  }

  /** Reports a successful request. Returns whether it opened the target to all clients again. */
  boolean succeeded(ClientKey client) {
    if (!troubled) {
      return false;
    }
    clients.get(client).ifPresent(Breaker::succeeded);
    synchronized (counted) {
      counted.clear();
      doubted = null;
    }
    return everybody.succeeded();
  }

  /**
   * Reports a connection that could not be opened. Returns whether this closed the target to all
   * clients.
   */
  boolean unreachable() {
    troubled = true;
    synchronized (counted) {
      doubted = null;
      return everybody.failed();
    }
  }

  /**
   * Reports a failed request, or one without an answer in time. Returns whether this closed the
   * target to all clients.
   */
  boolean failed(ClientKey client) {
    if (limit == 0) {
      return false;
    }
    troubled = true;
    clients.get(client, unused -> new Breaker(limit, pause, nanoTime)).failed();
    synchronized (counted) {
      if (everybody.trying()) {
        return failedTry(client);
      }
      if (!everybody.open() && !counted.add(client.site())) {
        return false;
      }
      var opened = everybody.failed();
      if (opened) {
        counted.clear();
      }
      return opened;
    }
  }

  /**
   * Ends a failed try. A failure of another client's earlier request says nothing about the try.
   * The caller holds the lock of {@link #counted}.
   */
  private boolean failedTry(ClientKey client) {
    if (!client.equals(trying)) {
      return false;
    }
    if (doubted == null || client.site().equals(doubted)) {
      doubted = client.site();
      everybody.repeatTry();
      return false;
    }
    doubted = null;
    return everybody.failed();
  }

  /** Whether the target is closed to all clients. */
  boolean open() {
    return everybody.open();
  }

  /** The time until a request of this client may be sent again; zero or less if it may now. */
  Duration pause(ClientKey client) {
    var own = clients.get(client).map(Breaker::pause).orElse(Duration.ZERO);
    var shared = everybody.pause(pauses(client));
    return own.compareTo(shared) > 0 ? own : shared;
  }

  Duration pause() {
    return everybody.pause();
  }

  /**
   * The number of pauses before this client's request may be the try: two for a client whose
   * failures may be its own.
   */
  private int pauses(ClientKey client) {
    return client.site().equals(doubted) || clients.get(client).filter(Breaker::open).isPresent()
        ? 2
        : 1;
  }

  private boolean own(ClientKey client, boolean onlyLook) {
    var breaker = clients.get(client);
    return breaker.isEmpty() || (onlyLook ? breaker.get().permits() : breaker.get().enter());
  }
}
