package io.lhttp.scripts;

import io.lhttp.AttributeKey;
import io.lhttp.ClientKey;
import io.lhttp.CloseStatus;
import io.lhttp.Connection;
import io.lhttp.Outcome;
import io.lhttp.RefusedException;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Refuses the calls of one script: those of clients for which the script was too slow, and those of
 * all clients if it is slow for many. Each call that took too long is a strike against its
 * connection and its client. {@link ScriptInstance} owns it; all threads may use it.
 */
final class Quarantine {
  /** The number of strikes within {@link #WINDOW} after which a connection's calls are refused. */
  private static final int OF_CONNECTION = 5;

  /**
   * The number of strikes after which a user's calls are refused; a user may have several
   * connections.
   */
  private static final int OF_USER = 10;

  /**
   * The number of strikes after which the calls from an address are refused; several people may
   * share an address.
   */
  private static final int OF_ADDRESS = 20;

  /**
   * The number of clients with a slow call from which the script may be refused to all clients. An
   * address counts as {@link #AT_ADDRESS} clients at most, because one person may have many names.
   */
  private static final int MANY = 5;

  private static final int AT_ADDRESS = 2;

  /**
   * The script is refused to all only if also one call in this many was slow, so that a few clients
   * on a busy server can't cause it.
   */
  private static final int ONE_OF = 10;

  /**
   * The number of abandoned threads from which the script is refused to all clients, because its
   * calls never end.
   */
  private static final int LOST = 4;

  /** The number of refusals after which a client's connection is closed. */
  private static final int REFUSALS = 5;

  private static final int MAX_KEYS = 10_000;

  /** The most clients with slow calls that are counted individually. */
  private static final int MAX_SLOW = 1_000;

  private static final long WINDOW = Duration.ofSeconds(60).toNanos();
  private static final long PAUSE = Duration.ofSeconds(30).toNanos();
  private static final long SWEEP_PAUSE = Duration.ofSeconds(1).toNanos();
  private static final long LOG_PAUSE = Duration.ofSeconds(10).toNanos();
  private static final long NEVER = Long.MIN_VALUE;

  private final String name;
  private final LongSupplier nanos;
  private final LongSupplier calls;
  private final AttributeKey<RefusalCount> refused;

  /**
   * Strikes by connection and client. The one whose last strike is the oldest comes first. Guarded
   * by this object's lock.
   */
  private final Map<String, Strikes> strikes = new LinkedHashMap<>(16, 0.75f, true);

  /**
   * The times until which calls of clients are refused, by client. Written with the lock of this
   * object, read by all threads.
   */
  private final Map<String, Long> away = new ConcurrentHashMap<>();

  // Clients with a slow call in the current window, and the window. Guarded by this object's lock.
  private final Set<ClientKey> slow = new HashSet<>();

  // The number of these clients at each address or site, and of those that count. Guarded likewise.
  private final Map<ClientKey, Integer> slowAt = new HashMap<>();
  private int slowClients;

  private long windowBegan;
  private long callsAtBegin;
  private int late;

  // Counts and times for the log. Guarded by this object's lock.
  private long refusedCalls;
  private long loggedAt;
  private long sweptAt;

  /** When the refusal to all clients ends; {@link #NEVER} if the script is not refused to all. */
  private volatile long until = NEVER;

  /** When the last of the refusals in {@link #away} ends. */
  private volatile long allBackAt;

  /**
   * The number of threads that are held by calls that do not end. Guarded by this object's lock.
   */
  private int lost;

  private volatile boolean crowded;
  private final AtomicLong lateCalls = new AtomicLong();
  private final AtomicLong refusals = new AtomicLong();

  /** The strikes of one connection or client. Guarded by the lock of the quarantine. */
  private static final class Strikes {
    private long first;
    private int count;
  }

  /**
   * The number of refusals of one connection, kept as its attribute. The refusals of one connection
   * close no other connection of the same address.
   */
  private static final class RefusalCount {
    private long until;
    private int count;

    /** Counts a refusal that ends at this time, and returns the number of such refusals. */
    private synchronized int add(long end) {
      if (end != until) {
        until = end;
        count = 0;
      }
      return ++count;
    }
  }

  /**
   * @param name the script's name, for refusals and the log
   * @param nanos counts as {@link System#nanoTime} does
   * @param calls returns the number of the script's calls so far
   */
  Quarantine(String name, LongSupplier nanos, LongSupplier calls) {
    this.name = name;
    this.nanos = nanos;
    this.calls = calls;
    this.refused = AttributeKey.of("lhttp.scripts.refused." + name, RefusalCount.class);
    windowBegan = nanos.getAsLong();
    loggedAt = windowBegan - LOG_PAUSE;
    sweptAt = windowBegan;
  }

  /**
   * Checks a client before its call.
   *
   * @throws RefusedException if the client's calls are refused. After several refusals, the
   *     connection is closed as well
   * @throws IllegalStateException while the script is refused to all clients
   */
  void check(Connection connection) {
    checkScript();
    if (away.isEmpty()) {
      return;
    }
    var now = nanos.getAsLong();
    if (now - allBackAt >= 0) {
      sweep(now);
      return;
    }
    var caller = Caller.of(connection);
    refuseWhere(away.get(key(caller)), connection);
    refuseWhere(away.get(caller.client().toString()), connection);
    for (var network : caller.client().around()) {
      refuseWhere(away.get(network.toString()), connection);
    }
  }

  /**
   * Checks only whether the script is refused to all clients; for calls without a client.
   *
   * @throws IllegalStateException while it is refused to all
   */
  void checkScript() {
    if (crowded) {
      throw new IllegalStateException(
          "the script '" + name + "' is in quarantine: nothing stops " + LOST + " of its calls");
    }
    if (until != NEVER && closed()) {
      throw new IllegalStateException(
          "the script '" + name + "' is in quarantine: it was too slow for many clients");
    }
  }

  /** Counts a strike: a call of this client took too long. */
  void late(Caller caller) {
    strike(caller, 1);
  }

  /** Counts a call of this client that does not end, so that its thread was abandoned. */
  synchronized void stuck(@Nullable Caller caller) {
    if (++lost >= LOST && !crowded) {
      crowded = true;
      ScriptHost.log.error(
          "script quarantined until one of its calls that can't be stopped ends name={} calls={}",
          name,
          lost);
    }
    if (caller != null) {
      strike(caller, OF_CONNECTION);
    }
  }

  /** Counts that a call whose thread was abandoned has ended after all. */
  synchronized void ended() {
    crowded = --lost >= LOST;
  }

  /** The number of calls that were too slow. */
  long lateCalls() {
    return lateCalls.get();
  }

  /** The number of calls that were refused because of the single client. */
  long refusals() {
    return refusals.get();
  }

  /**
   * The number of connections and clients whose calls are refused, including some whose refusal has
   * just ended.
   */
  int away() {
    return away.size();
  }

  boolean closedToAll() {
    return crowded || (until != NEVER && closed());
  }

  private void refuseWhere(@Nullable Long end, Connection connection) {
    if (end == null) {
      return;
    }
    var left = end - nanos.getAsLong();
    if (left <= 0) {
      return;
    }
    refusals.incrementAndGet();
    var refusal =
        Outcome.refused(429, "too many messages that take too long")
            .retryAfter(Duration.ofNanos(left));
    if (connection.attributes().get(refused, RefusalCount::new).add(end) > REFUSALS) {
      connection.close(
          CloseStatus.RATE_LIMIT.because(
              "rate limit; retry-after=" + refusal.retryAfterSeconds().orElse(1L)));
    }
    throw new RefusedException(refusal);
  }

  private synchronized void strike(Caller caller, int weight) {
    var now = nanos.getAsLong();
    lateCalls.incrementAndGet();
    count(key(caller), weight, OF_CONNECTION, now);
    count(caller.client().toString(), weight, caller.named() ? OF_USER : OF_ADDRESS, now);
    for (var network : caller.client().around()) {
      count(network.toString(), weight, OF_ADDRESS * network.clients(), now);
    }
    if (now - windowBegan > WINDOW) {
      windowBegan = now;
      callsAtBegin = calls.getAsLong();
      forgetSlow();
    }
    late++;
    if (slow.size() < MAX_SLOW
        && slow.add(caller.client())
        && slowAt.merge(caller.address().site(), 1, Integer::sum) <= AT_ADDRESS) {
      slowClients++;
    }
    if (slowClients >= MANY && (long) late * ONE_OF >= calls.getAsLong() - callsAtBegin) {
      closeToAll(now);
    }
  }

  private void count(String key, int weight, int most, long now) {
    var struck = strikes.computeIfAbsent(key, _ -> new Strikes());
    if (struck.count == 0 || now - struck.first > WINDOW) {
      struck.count = 0;
      struck.first = now;
    }
    struck.count += weight;
    if (struck.count >= most) {
      strikes.remove(key);
      keepAway(key, now);
    }
    if (strikes.size() > MAX_KEYS) {
      var eldest = strikes.keySet().iterator();
      eldest.next();
      eldest.remove();
    }
  }

  private void keepAway(String key, long now) {
    sweep(now);
    if (away.size() < MAX_KEYS) {
      allBackAt = now + PAUSE;
      away.put(key, now + PAUSE);
    }
    refusedCalls++;
    if (now - loggedAt >= LOG_PAUSE) {
      loggedAt = now;
      ScriptHost.log.warn(
          "client refused by a script that was too slow for it name={} client={}"
              + " seconds={} refused={}",
          name,
          key.replaceAll("\\p{Cc}", " "),
          PAUSE / 1_000_000_000,
          refusedCalls);
    }
  }

  /**
   * Removes refusals that have ended. Runs at most once per second, because it reads all of them.
   */
  private synchronized void sweep(long now) {
    if (now - sweptAt >= SWEEP_PAUSE) {
      sweptAt = now;
      away.values().removeIf(end -> end - now <= 0);
    }
  }

  private void closeToAll(long now) {
    until = now + PAUSE;
    ScriptHost.log.error(
        "script quarantined because it is too slow for many clients name={} clients={} seconds={}",
        name,
        slow.size(),
        PAUSE / 1_000_000_000);
    forgetSlow();
    windowBegan = now;
    callsAtBegin = calls.getAsLong();
  }

  private void forgetSlow() {
    late = 0;
    slow.clear();
    slowAt.clear();
    slowClients = 0;
  }

  private synchronized boolean closed() {
    if (until != NEVER && nanos.getAsLong() - until >= 0) {
      until = NEVER;
    }
    return until != NEVER;
  }

  private static String key(Caller caller) {
    return "connection " + caller.connection();
  }
}
