package io.lhttp.filters.pubsub;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.jspecify.annotations.Nullable;

/**
 * Finds out what core NATS has lost. Every publication carries {@code RUN:NUMBER} in a header of
 * NATS: a run is one server's publications to one channel, numbered from 1, and its name ends in
 * the time at which it began. Who subscribes counts along, and knows how many are missing.
 */
final class Numbering {
  /** A header of NATS. */
  static final String HEADER = "Lhttp-Number";

  /** Channels whose publications are counted; beyond it, a channel begins a new run. */
  private static final int MAX_RUNS = 100_000;

  private static final int RADIX = 36;

  private final String prefix;
  private final ConcurrentMap<String, Run> runs = new ConcurrentHashMap<>();

  /**
   * @param server unique among all servers and their restarts, without a dot or colon
   */
  Numbering(String server) {
    this.prefix = server + ".";
  }

  /** Whether it was this server that has numbered it. */
  boolean ours(@Nullable String header) {
    return header != null && header.startsWith(prefix);
  }

  /** The run of a channel that is published to. */
  Run run(String channel) {
    var run = runs.get(channel);
    if (run == null) {
      if (runs.size() >= MAX_RUNS) {
        forgetSome();
      }
      run = runs.computeIfAbsent(channel, c -> new Run(prefix, System.currentTimeMillis()));
    }
    return run;
  }

  /** Whichever come first: at this number of channels, none of them is busy. */
  private void forgetSome() {
    Iterator<String> channels = runs.keySet().iterator();
    for (var i = 0; i < MAX_RUNS / 100 && channels.hasNext(); i++) {
      channels.next();
      channels.remove();
    }
  }

  /** What one server publishes to one channel. To be locked while it is numbered and sent. */
  static final class Run {
    private final String prefix;
    private long last;

    private Run(String server, long begun) {
      prefix = server + Long.toString(begun, RADIX) + ":";
    }

    /** The header of the next publication. Guarded by this. */
    String next() {
      return prefix + (last + 1);
    }

    /** The next publication is under way, or lost. Guarded by this. */
    void advance() {
      last++;
    }
  }

  /** Counts along on one channel; for one thread. */
  static final class Counting {
    /**
     * A server has published this over a connection that it had given up since; the network has
     * kept it, and it was told as missing.
     */
    static final long LATE = -1;

    /** Servers that are counted along at a time; the one heard of the longest ago is forgotten. */
    private static final int MAX_SERVERS = 256;

    private final long begun;
    private final Map<String, Long> lastByRun = new LinkedHashMap<>(4, 0.75f, true);
    private String latestRun = "";
    private long latest;

    /**
     * @param begun since when this side listens, in milliseconds of the epoch
     */
    Counting(long begun) {
      this.begun = begun;
    }

    /**
     * How many are missing before this one; none where the header is no number of ours. {@link
     * #LATE} where this one or a later one was here before.
     */
    long missing(@Nullable String header) {
      var colon = header == null ? -1 : header.indexOf(':');
      if (header == null || colon < 0) {
        return 0;
      }
      var number = number(header, colon + 1);
      if (number < 1) {
        return 0;
      }
      if (colon != latestRun.length() || !header.startsWith(latestRun)) {
        turnTo(header.substring(0, colon));
      }
      if (number <= latest) {
        return LATE;
      }
      var missing = latest < 0 ? 0 : number - latest - 1; // a run had begun before we listened
      latest = number;
      return missing;
    }

    private void turnTo(String run) {
      if (!latestRun.isEmpty()) {
        lastByRun.put(latestRun, latest);
      }
      latestRun = run;
      var known = lastByRun.get(run);
      latest = known != null ? known : begunBefore(run) ? -1 : 0;
      if (lastByRun.size() > MAX_SERVERS) {
        var eldest = lastByRun.keySet().iterator();
        eldest.next();
        eldest.remove();
      }
    }

    private boolean begunBefore(String run) {
      try {
        var time = Long.parseLong(run, run.indexOf('.') + 1, run.length(), RADIX);
        return time <= begun;
      } catch (NumberFormatException e) {
        return true;
      }
    }

    private static long number(String header, int from) {
      try {
        return Long.parseLong(header, from, header.length(), 10);
      } catch (NumberFormatException e) {
        return 0;
      }
    }
  }
}
