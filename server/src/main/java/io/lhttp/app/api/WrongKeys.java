package io.lhttp.app.api;

import io.lhttp.ClientKey;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Counts the wrong keys of each address, to slow down who guesses. A valid key is never slowed
 * down, because many clients may share the address of a proxy. All threads may use it.
 */
final class WrongKeys {
  private static final Logger log = LoggerFactory.getLogger(WrongKeys.class);

  /** The wrong keys of one minute that are answered at once. */
  static final int FREE = 5;

  /** The pause before each further answer. */
  static final Duration PAUSE = Duration.ofSeconds(2);

  /** The most addresses with a count. The one that sent no wrong key for longest goes first. */
  static final int ADDRESSES = 1_000;

  /** The most lines that are logged in one minute. */
  private static final int LINES = 10;

  private static final long MINUTE = Duration.ofMinutes(1).toNanos();

  private final LongSupplier nanos;
  private final LogPace pace;

  // Guarded by this object's lock.
  private final Map<ClientKey, Count> counts = new LinkedHashMap<>(16, 0.75f, true);

  private static final class Count {
    private long since;
    private int keys;
  }

  /**
   * @param nanos counts as {@link System#nanoTime} does
   */
  WrongKeys(LongSupplier nanos) {
    this.nanos = nanos;
    this.pace = new LogPace(LINES, nanos);
  }

  /** Counts a wrong key. Returns the pause before its answer. */
  synchronized Duration add(InetAddress from) {
    var client = ClientKey.of(new InetSocketAddress(from, 0));
    var now = nanos.getAsLong();
    var count = counts.computeIfAbsent(client, _ -> new Count());
    if (counts.size() > ADDRESSES) {
      var eldest = counts.keySet().iterator();
      eldest.next();
      eldest.remove();
    }
    if (count.keys == 0 || now - count.since >= MINUTE) {
      count.since = now;
      count.keys = 0;
    }
    count.keys++;
    log(client);
    return count.keys <= FREE ? Duration.ZERO : PAUSE;
  }

  /** The number of addresses with a count. */
  synchronized int size() {
    return counts.size();
  }

  private void log(ClientKey client) {
    pace.take()
        .ifPresent(unlogged ->
            log.warn("wrong key for the server API from={} unlogged={}", client, unlogged));
  }
}
