package io.lhttp.filters.pubsub;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.jspecify.annotations.Nullable;

/**
 * Finds out what core NATS has lost. Every publication carries {@code RUN.NUMBER}: a run is one
 * server's publications to one channel, numbered from 1, and its name ends in the time at which it
 * began. Who subscribes counts along, and knows how many are missing.
 *
 * <p>It stands where NATS has the subject for replies, as JetStream's own numbers do: headers would
 * cost a publication a third of its time. Nobody listens there.
 */
final class Numbering {
  /** What all runs' names begin with. */
  static final String SUBJECTS = "lhttp-number.";

  /** Channels whose publications are counted; beyond it, a channel begins a new run. */
  private static final int MAX_RUNS = 100_000;

  private static final int RADIX = 36;

  private final String prefix;
  private final ConcurrentMap<String, Run> runs = new ConcurrentHashMap<>();

  /**
   * @param server unique among all servers and their restarts, without a dot or colon
   */
  Numbering(String server) {
    this.prefix = SUBJECTS + server + ".";
  }

  /** Whether it was this server that has numbered it. */
  boolean ours(@Nullable String number) {
    return number != null && number.startsWith(prefix);
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

  /**
   * What one server publishes to one channel. For one thread at a time. Its name is put together
   * each time: one that is kept is far away where there are many channels, and waited for longer.
   */
  static final class Run {
    /** The same for all of a server's. */
    private final String prefix;

    private final long begun;
    private long last;

    private Run(String prefix, long begun) {
      this.prefix = prefix;
      this.begun = begun;
    }

    /** Of the next publication. */
    String next() {
      return prefix + Long.toString(begun, RADIX) + "." + (last + 1);
    }

    /** The next publication is under way, or lost. */
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

    /**
     * Numbers that can be missing, or late: what is further away was not numbered by the run, as
     * whoever publishes at NATS can make numbers up.
     */
    private static final long FAR = 1 << 20;

    /** Servers that are counted along at a time; the one heard of the longest ago is forgotten. */
    private static final int MAX_SERVERS = 256;

    private final long since;

    /** Made for the second run: most channels have one publisher. */
    private @Nullable Map<Origin, Long> lastByRun;

    // The run that was heard of last. Channels share the server's name, which is then at hand.
    private String server = "";
    private long begun;
    private long latest;

    /** A run's name without the number. */
    private record Origin(String server, long begun) {}

    /**
     * @param since when this side listens, in milliseconds of the epoch
     */
    Counting(long since) {
      this.since = since;
    }

    /**
     * How many are missing before this one; none where it has no number of ours. {@link #LATE}
     * where this one or a later one was here before.
     */
    long missing(@Nullable String numbered) {
      if (numbered == null || !numbered.startsWith(SUBJECTS)) {
        return 0;
      }
      var end = numbered.lastIndexOf('.');
      var time = numbered.lastIndexOf('.', end - 1) + 1;
      var number = number(numbered, end + 1, numbered.length(), 10);
      var began = number(numbered, time, end, RADIX);
      if (number < 1 || began < 0) {
        return 0;
      }
      if (began != begun || time != server.length() || !numbered.startsWith(server)) {
        turnTo(numbered.substring(0, time), began);
      }
      var step = latest < 0 ? 1 : number - latest; // a run had begun before we listened
      if (step > FAR) {
        return 0;
      }
      if (step <= 0 && step > -FAR) {
        return LATE;
      }
      latest = number;
      return Math.max(0, step - 1);
    }

    private void turnTo(String server, long begun) {
      var known = this.server.isEmpty() ? null : keepLatest().get(new Origin(server, begun));
      this.server = known != null ? server : server.intern();
      this.begun = begun;
      latest = known != null ? known : begun <= since ? -1 : 0;
    }

    private Map<Origin, Long> keepLatest() {
      if (lastByRun == null) {
        lastByRun = new LinkedHashMap<>(4, 0.75f, true);
      }
      lastByRun.put(new Origin(server, begun), latest);
      if (lastByRun.size() > MAX_SERVERS) {
        var eldest = lastByRun.keySet().iterator();
        eldest.next();
        eldest.remove();
      }
      return lastByRun;
    }

    /** Negative where there is none. */
    private static long number(String numbered, int from, int to, int radix) {
      try {
        return Long.parseLong(numbered, from, to, radix);
      } catch (NumberFormatException e) {
        return -1;
      }
    }
  }
}
