package io.lhttp.filters.upstream;

import io.lhttp.ClientKey;
import io.lhttp.outgoing.ClientShares;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Limits the concurrent requests to a target, and divides them fairly among clients. {@link
 * ClientShares} decides who may take a place. Further requests wait in a bounded queue. A free
 * place goes to the waiting client with the fewest requests under way in its site, then of its own;
 * clients with equally many take turns.
 *
 * <p>If the queue is full, the request of a client that has fewer waiting replaces one of the
 * client that has the most (longest queue drop). Sites of IPv6 are compared in the same way first.
 * All threads may use the limiter.
 */
final class ConcurrencyLimiter {
  /** The result of an attempt to enter. */
  enum Entry {
    ENTERED,
    /** The queue was full, or no place was free in time. */
    FULL,
    /** The client has as many requests under way and waiting as it may. */
    CLIENT_LIMIT
  }

  private final int queue;
  private final ClientShares places;

  /**
   * The waiting requests of each client that has any; the client whose turn is next comes first.
   * Guarded by this object's lock.
   */
  private final Map<ClientKey, Deque<Waiter>> waiting = new LinkedHashMap<>();

  /** The number of all waiting requests. Guarded by this object's lock. */
  private int waiters;

  /** A request that waits. */
  private static final class Waiter {
    private final ClientKey client;
    private final CountDownLatch decided = new CountDownLatch(1);

    /** Null while the request waits. Guarded by the lock of the limiter. */
    private @Nullable Entry entry;

    private Waiter(ClientKey client) {
      this.client = client;
    }

    private void decide(Entry made) {
      entry = made;
      decided.countDown();
    }
  }

  ConcurrencyLimiter(int capacity, int queue) {
    this.places = new ClientShares(capacity);
    this.queue = queue;
  }

  /**
   * Waits until this client's request may be sent, at most for this time. After {@code ENTERED},
   * the caller must call {@link #leave}.
   */
  Entry enter(ClientKey client, long nanos) throws InterruptedException {
    Waiter waiter;
    synchronized (this) {
      if (places.take(client)) {
        return Entry.ENTERED;
      }
      if (waiters == queue && !dropLongest(client)) {
        return refusal();
      }
      waiter = new Waiter(client);
      waiting.computeIfAbsent(client, unused -> new ArrayDeque<>(2)).addLast(waiter);
      waiters++;
    }
    try {
      var ignored = waiter.decided.await(nanos, TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      if (withdraw(waiter) == Entry.ENTERED) {
        leave(client);
      }
      throw e;
    }
    return withdraw(waiter);
  }

  /** Ends a request of this client that has entered. */
  synchronized void leave(ClientKey client) {
    places.giveBack(client);
    while (admitNext()) {
      // until no waiting client may enter
    }
  }

  int inside() {
    return places.taken();
  }

  synchronized int waiting() {
    return waiters;
  }

  /** Ends the wait of a request. Returns what was decided, or a refusal if nothing was. */
  private synchronized Entry withdraw(Waiter waiter) {
    if (waiter.entry == null) {
      remove(waiter);
      return refusal();
    }
    return waiter.entry;
  }

  /** Admits one waiting request, of the site and client with the fewest under way. */
  private boolean admitNext() {
    ClientKey next = null;
    for (var client : waiting.keySet()) {
      if (places.mayTake(client) && (next == null || holdsFewer(client, next))) {
        next = client;
      }
    }
    if (next == null || !places.take(next)) {
      return false;
    }
    var requests = waiting.remove(next); // put back at the end below, if more requests wait
    if (requests == null) {
      throw new IllegalStateException("a client without a waiting request was admitted");
    }
    requests.removeFirst().decide(Entry.ENTERED);
    waiters--;
    if (!requests.isEmpty()) {
      waiting.put(next, requests);
    }
    return true;
  }

  private boolean holdsFewer(ClientKey one, ClientKey other) {
    var bySite = Integer.compare(places.held(one.site()), places.held(other.site()));
    return bySite < 0 || (bySite == 0 && places.held(one) < places.held(other));
  }

  /**
   * Makes room for a request of this client. Drops the latest request of the client with the most
   * waiting, in the site with the most waiting, if one of both has at least two more than the new
   * one's.
   */
  private boolean dropLongest(ClientKey client) {
    var sites = new HashMap<ClientKey, Integer>();
    waiting.forEach(
        (waiter, requests) -> sites.merge(waiter.site(), requests.size(), Integer::sum));
    int most = sites.values().stream().max(Integer::compare).orElse(0);
    var crowded = most >= sites.getOrDefault(client.site(), 0) + 2;
    Deque<Waiter> longest = null;
    for (var entry : waiting.entrySet()) {
      var requests = entry.getValue();
      if ((!crowded || sites.getOrDefault(entry.getKey().site(), 0) == most)
          && (longest == null || requests.size() > longest.size())) {
        longest = requests;
      }
    }
    if (longest == null || (!crowded && longest.size() < count(client) + 2)) {
      return false;
    }
    var dropped = longest.getLast();
    remove(dropped);
    dropped.decide(Entry.CLIENT_LIMIT);
    return true;
  }

  private int count(ClientKey client) {
    var requests = waiting.get(client);
    return requests == null ? 0 : requests.size();
  }

  private void remove(Waiter waiter) {
    var requests = waiting.get(waiter.client);
    if (requests != null && requests.remove(waiter)) {
      waiters--;
      if (requests.isEmpty()) {
        waiting.remove(waiter.client);
      }
    }
  }

  /** The reason why a request could not enter: while a place is free, its client's own share. */
  private Entry refusal() {
    return places.full() ? Entry.FULL : Entry.CLIENT_LIMIT;
  }
}
