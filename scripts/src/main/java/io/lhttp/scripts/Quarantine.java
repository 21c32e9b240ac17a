package io.lhttp.scripts;

import io.lhttp.CloseStatus;
import io.lhttp.Connection;
import io.lhttp.Outcome;
import io.lhttp.RefusedException;
import java.time.Duration;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Keeps those away from one script whose calls it was too slow for, and the script from everybody
 * where it is slow for many. A call that was too slow is a strike against its connection and its
 * client. Safe for all threads.
 */
final class Quarantine {
  /** So many strikes within {@link #WINDOW} keep a connection away. */
  private static final int OF_CONNECTION = 5;

  /** As many as two connections make. */
  private static final int OF_USER = 10;

  /** Several people may share an address. */
  private static final int OF_ADDRESS = 20;

  /** A script that is slow for so many clients may be in quarantine for all. */
  private static final int MANY = 5;

  /** But only where one of so many calls was slow: a handful of clients decides for no crowd. */
  private static final int ONE_OF = 10;

  /** Threads that may be lost to calls that nothing stops, at a time. */
  private static final int LOST = 4;

  /** A client that has been refused so many times is closed. */
  private static final int REFUSALS = 5;

  private static final int MAX_KEYS = 10_000;

  /** How many slow clients are told apart. */
  private static final int MAX_SLOW = 1_000;

  private static final long WINDOW = Duration.ofSeconds(60).toNanos();
  private static final long PAUSE = Duration.ofSeconds(30).toNanos();
  private static final long SWEEP_PAUSE = Duration.ofSeconds(1).toNanos();
  private static final long LOG_PAUSE = Duration.ofSeconds(10).toNanos();
  private static final long NEVER = Long.MIN_VALUE;

  private final String name;
  private final LongSupplier nanos;
  private final LongSupplier calls;

  /** By connection and client; the least recently struck first. Guarded by this. */
  private final Map<String, Strikes> strikes = new LinkedHashMap<>(16, 0.75f, true);

  /** Clients that are kept away. Written under this, read by all threads. */
  private final Map<String, Away> away = new ConcurrentHashMap<>();

  // Of this window. Guarded by this.
  private final Set<String> slow = new HashSet<>();
  private long windowBegan;
  private long callsAtBegin;
  private int late;

  // Guarded by this.
  private long keptAway;
  private long loggedAt;
  private long sweptAt;

  /** Until when the script is kept from all; {@link #NEVER} where it is not. */
  private volatile long until = NEVER;

  /** When the last of {@link #away} may come back. */
  private volatile long allBackAt;

  /** Guarded by this. */
  private int lost;

  private volatile boolean crowded;
  private final AtomicLong lateCalls = new AtomicLong();
  private final AtomicLong refusals = new AtomicLong();

  /** Guarded by the quarantine. */
  private static final class Strikes {
    private long first;
    private int count;
  }

  /** Somebody who is kept away for a while. */
  private record Away(long until, AtomicLong refused) {}

  /**
   * @param name the script's, for those who are told
   * @param nanos counts as {@link System#nanoTime} does
   * @param calls how many calls were made so far
   */
  Quarantine(String name, LongSupplier nanos, LongSupplier calls) {
    this.name = name;
    this.nanos = nanos;
    this.calls = calls;
    windowBegan = nanos.getAsLong();
    loggedAt = windowBegan - LOG_PAUSE;
    sweptAt = windowBegan;
  }

  /**
   * Before a call.
   *
   * @throws RefusedException where the caller is kept away; going on regardless closes it
   * @throws IllegalStateException while the script is in quarantine for all
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
    refuseWhere(away.get(caller.client()), connection);
  }

  /**
   * As {@link #check}, whoever calls.
   *
   * @throws IllegalStateException while the script is in quarantine for all
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

  /** A call of this caller was too slow. */
  void late(Caller caller) {
    strike(caller, 1);
  }

  /** A call of this caller goes on for ever, on a thread that is lost to it. */
  synchronized void stuck(@Nullable Caller caller) {
    if (++lost >= LOST && !crowded) {
      crowded = true;
      ScriptHost.log.error(
          "a script is in quarantine until a call ends that nothing stops name={} calls={}",
          name,
          lost);
    }
    if (caller != null) {
      strike(caller, OF_CONNECTION);
    }
  }

  /** A call that was stuck has ended after all. */
  synchronized void ended() {
    crowded = --lost >= LOST;
  }

  /** How many calls were too slow. */
  long lateCalls() {
    return lateCalls.get();
  }

  /** How many calls were refused to those who are kept away. */
  long refusals() {
    return refusals.get();
  }

  /** How many connections and clients are kept away; or were, until lately. */
  int away() {
    return away.size();
  }

  boolean closedToAll() {
    return crowded || (until != NEVER && closed());
  }

  private void refuseWhere(@Nullable Away kept, Connection connection) {
    if (kept == null) {
      return;
    }
    var left = kept.until - nanos.getAsLong();
    if (left <= 0) {
      return;
    }
    refusals.incrementAndGet();
    var refusal =
        Outcome.refused(429, "too many messages that take too long")
            .retryAfter(Duration.ofNanos(left));
    if (kept.refused.incrementAndGet() > REFUSALS) {
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
    count(caller.client(), weight, caller.named() ? OF_USER : OF_ADDRESS, now);
    if (now - windowBegan > WINDOW) {
      windowBegan = now;
      callsAtBegin = calls.getAsLong();
      late = 0;
      slow.clear();
    }
    late++;
    if (slow.size() < MAX_SLOW) {
      slow.add(caller.client());
    }
    if (slow.size() >= MANY && (long) late * ONE_OF >= calls.getAsLong() - callsAtBegin) {
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
      away.put(key, new Away(now + PAUSE, new AtomicLong()));
    }
    keptAway++;
    if (now - loggedAt >= LOG_PAUSE) {
      loggedAt = now;
      ScriptHost.log.warn(
          "a client is kept away from a script that was too slow for it name={} client={}"
              + " seconds={} kept={}",
          name,
          key.replaceAll("\\p{Cc}", " "),
          PAUSE / 1_000_000_000,
          keptAway);
    }
  }

  /** Once per second at the most, as it looks at all of them. */
  private synchronized void sweep(long now) {
    if (now - sweptAt >= SWEEP_PAUSE) {
      sweptAt = now;
      away.values().removeIf(kept -> kept.until - now <= 0);
    }
  }

  private void closeToAll(long now) {
    until = now + PAUSE;
    ScriptHost.log.error(
        "a script is in quarantine, as it is too slow for many name={} clients={} seconds={}",
        name,
        slow.size(),
        PAUSE / 1_000_000_000);
    slow.clear();
    late = 0;
    windowBegan = now;
    callsAtBegin = calls.getAsLong();
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
