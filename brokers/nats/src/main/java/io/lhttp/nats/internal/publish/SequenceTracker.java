package io.lhttp.nats.internal.publish;

import java.time.Duration;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Detects publications that core NATS has lost. Every publication carries {@code RUN.NUMBER}. A run
 * is one server's publications to one channel, numbered from 1, and its name ends in the time at
 * which it began. A subscriber counts along, and so knows how many are missing.
 *
 * <p>The number is in NATS' reply subject, as JetStream's own numbers are, because headers would
 * cost a publication a third of its time. No client subscribes to these subjects. The first word is
 * the version: publications with a later version are delivered and not counted here.
 */
public final class SequenceTracker {
  /** The beginning of all runs' names. */
  static final String SUBJECTS = "lhttp-number.";

  /** The most channels whose publications are numbered; beyond that, a channel begins a new run. */
  private static final int MAX_RUNS = 100_000;

  private static final int RADIX = 36;

  private final String prefix;
  private final ConcurrentMap<String, Run> runs = new ConcurrentHashMap<>();

  /**
   * @param server unique among all servers and their restarts, without a dot or colon
   */
  public SequenceTracker(String server) {
    this.prefix = SUBJECTS + server + ".";
  }

  /** Whether this server has assigned the number. */
  public boolean ours(@Nullable String number) {
    return number != null && number.startsWith(prefix);
  }

  /** The run of a channel to which this server publishes. */
  public Run run(String channel) {
    var run = runs.get(channel);
    if (run == null) {
      if (runs.size() >= MAX_RUNS) {
        forgetSome();
      }
      run = runs.computeIfAbsent(channel, c -> new Run(prefix, System.currentTimeMillis()));
    }
    return run;
  }

  /** Removes some runs, in any order: with this many channels, none of them is busy. */
  private void forgetSome() {
    Iterator<String> channels = runs.keySet().iterator();
    for (var i = 0; i < MAX_RUNS / 100 && channels.hasNext(); i++) {
      channels.next();
      channels.remove();
    }
  }

  /**
   * The publications of this server to one channel. One thread at a time uses it. It builds its
   * name for each publication: with many channels a stored name would be outside the processor's
   * caches, and reading it would take longer.
   */
  public static final class Run {
    /** The prefix that all runs of this server share. */
    private final String prefix;

    private final long begun;
    private long last;

    private Run(String prefix, long begun) {
      this.prefix = prefix;
      this.begun = begun;
    }

    /** The number of the next publication. */
    String next() {
      return prefix + Long.toString(begun, RADIX) + "." + (last + 1);
    }

    /** Counts a publication that is under way, or lost. */
    void advance() {
      last++;
    }
  }

  /**
   * Counts the publications of other servers on one channel; one thread at a time uses it. Any NATS
   * client can forge numbers, even of an existing run; a forged number must cost no publication of
   * that run.
   */
  public static final class Counting {
    /**
     * The publication came late, over a connection that the server had given up; it was reported as
     * missing.
     */
    public static final long LATE = -1;

    /**
     * The greatest difference of numbers that can be missing or late. Numbers beyond it are not the
     * run's, because any NATS client can forge numbers.
     */
    private static final long FAR = 1 << 20;

    /** A network connection that was given up may deliver its data for this long. */
    private static final Duration LATENESS = Duration.ofSeconds(15);

    /** This many digits always fit a long. */
    private static final int DIGITS = 18;

    private static final int DIGITS_OF_A_TIME = 11;

    /**
     * The most servers that are counted at a time; the one that was silent for the longest time is
     * removed.
     */
    private static final int MAX_SERVERS = 256;

    /** The run has no alternative position. */
    private static final long NOWHERE = -1;

    /** The run may continue at any lower number. */
    private static final long ANYWHERE = -2;

    private final long since;
    private final LongSupplier nanoTime;

    /** Created for the second run, because most channels have one publisher. */
    private @Nullable Map<Origin, State> runs;

    // The server of the last run. Channels share this string, so that comparing it needs no memory
    // access.
    private String server = "";
    private long begun;

    /** The last accepted number; negative before the first. */
    private long latest;

    /**
     * An alternative position at which the run may continue. After a jump it is the position
     * before, until a second number confirms the jump. If the run then continues at the position
     * before, it is the position of the jump.
     */
    private long other = NOWHERE;

    /** The time of the last jump ahead. */
    private long jumped;

    /** A run's name without the number. */
    private record Origin(String server, long begun) {}

    private record State(long latest, long other, long jumped) {}

    /**
     * @param since when this server subscribed, in milliseconds of the epoch
     */
    public Counting(long since, LongSupplier nanoTime) {
      this.since = since;
      this.nanoTime = nanoTime;
    }

    /**
     * Returns the number of publications that are missing before this one; 0 for one without a
     * valid number, and {@link #LATE} if this one or a later one was counted before.
     */
    public long missing(@Nullable String numbered) {
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
      return goOn(number);
    }

    private long goOn(long number) {
      if (latest
          < 0) { // the run began before this server subscribed, so any first number is accepted
        stand(number, ANYWHERE);
        jumped = nanoTime.getAsLong();
        return 0;
      }
      var step = number - latest;
      if (step == 1) {
        stand(number, other > latest ? other : NOWHERE);
        return 0;
      }
      if (other >= 0 && number == other + 1) {
        stand(number, other < latest ? latest : NOWHERE);
        return 0;
      }
      if (step > FAR) {
        return 0;
      }
      if (step > 1) {
        stand(number, other == NOWHERE || other > latest ? latest : other);
        jumped = nanoTime.getAsLong();
        return step - 1;
      }
      if (step > -FAR && other != ANYWHERE && !outlived()) {
        return LATE;
      }
      stand(number, latest);
      return 0;
    }

    private void stand(long number, long orThere) {
      latest = number;
      other = orThere;
    }

    /**
     * Whether the time for late messages is over, so that the run never was at the position of the
     * jump.
     */
    private boolean outlived() {
      return nanoTime.getAsLong() - jumped > LATENESS.toNanos();
    }

    private void turnTo(String server, long begun) {
      var known = this.server.isEmpty() ? null : keep().get(new Origin(server, begun));
      this.server = known != null ? server : server.intern();
      this.begun = begun;
      if (known == null) {
        latest = begun <= since ? -1 : 0;
        other = NOWHERE;
      } else {
        latest = known.latest;
        other = known.other;
        jumped = known.jumped;
      }
    }

    private Map<Origin, State> keep() {
      if (runs == null) {
        runs = new LinkedHashMap<>(4, 0.75f, true);
      }
      runs.put(new Origin(server, begun), new State(latest, other, jumped));
      if (runs.size() > MAX_SERVERS) {
        var eldest = runs.keySet().iterator();
        eldest.next();
        eldest.remove();
      }
      return runs;
    }

    /** Parses digits; negative for other text, or for more digits than always fit. */
    private static long number(String numbered, int from, int to, int radix) {
      if (to <= from || to - from > (radix == RADIX ? DIGITS_OF_A_TIME : DIGITS)) {
        return -1;
      }
      for (var i = from; i < to; i++) {
        var c = numbered.charAt(i);
        if (!(c >= '0' && c <= '9') && !(radix == RADIX && c >= 'a' && c <= 'z')) {
          return -1;
        }
      }
      return Long.parseLong(numbered, from, to, radix);
    }
  }
}
