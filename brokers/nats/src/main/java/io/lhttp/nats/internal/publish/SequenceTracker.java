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
 * Finds out what core NATS has lost. Every publication carries {@code RUN.NUMBER}: a run is one
 * server's publications to one channel, numbered from 1, and its name ends in the time at which it
 * began. Who subscribes counts along, and knows how many are missing.
 *
 * <p>It stands where NATS has the subject for replies, as JetStream's own numbers do: headers would
 * cost a publication a third of its time. Nobody listens there. The first word is the version: what
 * a later one numbers is delivered and not counted here.
 */
public final class SequenceTracker {
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
  public SequenceTracker(String server) {
    this.prefix = SUBJECTS + server + ".";
  }

  /** Whether it was this server that has numbered it. */
  public boolean ours(@Nullable String number) {
    return number != null && number.startsWith(prefix);
  }

  /** The run of a channel that is published to. */
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
  public static final class Run {
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

  /**
   * Counts along on one channel; for one thread. Any client of NATS can make numbers up, also those
   * of a run that it has heard of: such a number costs no publication of that run.
   */
  public static final class Counting {
    /**
     * A server has published this over a connection that it had given up since; the network has
     * kept it, and it was told as missing.
     */
    public static final long LATE = -1;

    /**
     * Numbers that can be missing, or late: what is further away was not numbered by the run, as
     * whoever publishes at NATS can make numbers up.
     */
    private static final long FAR = 1 << 20;

    /** For how long a network that was given up may bring what it has kept. */
    private static final Duration LATENESS = Duration.ofSeconds(15);

    /** As many digits as always fit a long. */
    private static final int DIGITS = 18;

    private static final int DIGITS_OF_A_TIME = 11;

    /** Servers that are counted along at a time; the one heard of the longest ago is forgotten. */
    private static final int MAX_SERVERS = 256;

    /** There is no other place where the run may go on. */
    private static final long NOWHERE = -1;

    /** The run may go on anywhere below. */
    private static final long ANYWHERE = -2;

    private final long since;
    private final LongSupplier nanoTime;

    /** Made for the second run: most channels have one publisher. */
    private @Nullable Map<Origin, State> runs;

    // The run that was heard of last. Channels share the server's name, which is then at hand.
    private String server = "";
    private long begun;

    /** The number that was believed last; negative before the first. */
    private long latest;

    /**
     * Another place at which the run may go on: where it stood before it jumped ahead, until a
     * second number has shown that it did; or where it was said to stand, once it has gone on
     * before.
     */
    private long other = NOWHERE;

    /** When the run last jumped ahead. */
    private long jumped;

    /** A run's name without the number. */
    private record Origin(String server, long begun) {}

    private record State(long latest, long other, long jumped) {}

    /**
     * @param since when this side listens, in milliseconds of the epoch
     */
    public Counting(long since, LongSupplier nanoTime) {
      this.since = since;
      this.nanoTime = nanoTime;
    }

    /**
     * How many are missing before this one; none where it has no number of ours. {@link #LATE}
     * where this one or a later one was here before.
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
      if (latest < 0) { // a run had begun before we listened: whatever comes first is believed
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
     * Whether nothing comes late any more, so that the run was never as far as it was said to be.
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

    /** Negative where there is none: nothing but digits, and no more than always fit. */
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
