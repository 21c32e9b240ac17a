package io.lhttp.server.internal.limit;

import java.time.Duration;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Logs refused connections and requests for the operator, with the received and the expected value.
 * One for each server; all threads may use it.
 *
 * <p>Each pair of cause and value is logged once a minute, a hint once an hour. In that time each
 * cause gets at most 16 lines; a later line counts the refusals that were not logged.
 */
public final class RefusalLog {
  static final int VALUES = 16;

  private static final Logger log = LoggerFactory.getLogger(RefusalLog.class);
  private static final int LONGEST = 200;

  private final LongSupplier nanos;
  private final Map<Cause, Seen> seen = new EnumMap<>(Cause.class);

  /** The cause of a refusal; its name is a key of the log. */
  public enum Cause {
    ORIGIN,
    HOST,
    CONNECTIONS,
    CONNECTIONS_PER_ADDRESS,
    HANDSHAKES_PER_ADDRESS,
    PROXY_HEADER,
    TWO_FORWARDING_HEADERS,
    /** A hint to the operator; the request was not refused. */
    UNTRUSTED_PROXY(Duration.ofHours(1));

    private final long every;

    Cause() {
      this(Duration.ofMinutes(1));
    }

    Cause(Duration every) {
      this.every = every.toNanos();
    }

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
  }

  /**
   * The values of a cause that were logged in the current period. Guarded by this object's lock.
   */
  private static final class Seen {
    private long since;
    private final Set<String> values = new HashSet<>();
    private long unlogged;
  }

  /**
   * @param nanos counts as {@link System#nanoTime} does
   */
  public RefusalLog(LongSupplier nanos) {
    this.nanos = nanos;
    for (var cause : Cause.values()) {
      seen.put(cause, new Seen());
    }
  }

  /**
   * Logs a refusal, unless its pair of cause and value was logged in the current period.
   *
   * @param value the received value: an origin, a host, an address
   * @param expected the values that would have been accepted, or the limit
   */
  public void refused(Cause cause, String value, Object expected, String client) {
    var unlogged = admit(cause, value);
    if (unlogged >= 0) {
      log.warn(
          "{} cause={} value=\"{}\" expected=\"{}\" client={}{}",
          cause == Cause.UNTRUSTED_PROXY ? "forwarding header ignored" : "refused",
          cause,
          capped(value),
          capped(String.valueOf(expected)),
          client,
          unlogged > 0 ? " not-logged-before=" + unlogged : "");
    }
  }

  /**
   * Returns the number of refusals that were not logged before, if this one is to be logged; else
   * -1.
   */
  private long admit(Cause cause, String value) {
    var known = Objects.requireNonNull(seen.get(cause));
    synchronized (known) {
      var now = nanos.getAsLong();
      if (known.values.isEmpty() || now - known.since >= cause.every) {
        known.since = now;
        known.values.clear();
      }
      if (known.values.contains(capped(value)) || known.values.size() >= VALUES) {
        known.unlogged++;
        return -1;
      }
      known.values.add(capped(value));
      var unlogged = known.unlogged;
      known.unlogged = 0;
      return unlogged;
    }
  }

  /**
   * Shortens a client's text and replaces its quotation marks, so that it can't look like another
   * key of the line.
   */
  private static String capped(String value) {
    var plain = value.replace('"', '\'');
    return plain.length() > LONGEST ? plain.substring(0, LONGEST) + "…" : plain;
  }
}
