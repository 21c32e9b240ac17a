package io.lhttp.nats.internal.publish;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Detects lost publications on one channel by the numbers of {@link SequenceTracker}: it follows
 * the sequence of each server and counts the numbers left out. The channel's feed owns it, and one
 * thread of jnats uses it.
 *
 * <p>Any client of NATS can forge numbers, also of a sequence that it has received. A forged number
 * must cost no publication of that sequence. After a jump the detector therefore keeps two places
 * at which the sequence may go on, until the next number shows which one is right.
 */
public final class GapDetector {
  /**
   * The result for a publication that arrives behind a later one, and that was already counted as
   * missing. Its server sent it over a connection that it has given up since.
   */
  public static final long LATE = -1;

  /** The largest jump or delay of a sequence; a number farther away is forged, and ignored. */
  private static final long MAX_DISTANCE = 1 << 20;

  /** The time for which a connection that was given up may deliver late publications. */
  private static final Duration LATENESS = Duration.ofSeconds(15);

  /** The most digits that always fit a long. */
  private static final int MAX_DIGITS = 18;

  private static final int MAX_BEGIN_DIGITS = 11;

  /** The most sequences that are followed; beyond it the least recently received is forgotten. */
  private static final int MAX_SEQUENCES = 256;

  /** The value of {@link #alternative} if the sequence goes on at {@link #latest}. */
  private static final long NONE = -1;

  /** The value of {@link #alternative} if the sequence may go on at any lower number. */
  private static final long ANY_LOWER = -2;

  private final long since;
  private final LongSupplier nanoTime;

  /** The other sequences; null before the second one, as most channels have one publisher. */
  private @Nullable Map<Name, Progress> others;

  // The sequence of the last publication.
  /** The sequence's name up to its time; all detectors share one string for each server. */
  private String server = "";

  private long begun;

  /** The number at which the sequence most likely is; negative before the first. */
  private long latest;

  /**
   * Another number at which the sequence may be: the one before a jump, until a second number
   * confirms the jump; or the one after a jump, if the sequence went on before it.
   */
  private long alternative = NONE;

  /** The time of the sequence's last jump. */
  private long jumped;

  /** The name of a sequence. */
  private record Name(String server, long begun) {}

  /** The fields of a sequence that is not the last one. */
  private record Progress(long latest, long alternative, long jumped) {}

  /**
   * @param since the time of the subscription in milliseconds of the epoch
   */
  public GapDetector(long since, LongSupplier nanoTime) {
    this.since = since;
    this.nanoTime = nanoTime;
  }

  /**
   * Returns how many publications are lost before this one, and 0 if it has no number of ours.
   * Returns {@link #LATE} if this publication or a later one was here before.
   */
  public long missing(@Nullable String numbered) {
    if (numbered == null || !numbered.startsWith(SequenceTracker.NUMBER)) {
      return 0;
    }
    var end = numbered.lastIndexOf('.');
    var time = numbered.lastIndexOf('.', end - 1) + 1;
    var number = number(numbered, end + 1, numbered.length(), 10, MAX_DIGITS);
    var began = number(numbered, time, end, SequenceTracker.BEGIN_RADIX, MAX_BEGIN_DIGITS);
    if (number < 1 || began < 0) {
      return 0;
    }
    if (began != begun || time != server.length() || !numbered.startsWith(server)) {
      switchTo(numbered.substring(0, time), began);
    }
    return advanceTo(number);
  }

  private long advanceTo(long number) {
    if (latest < 0) { // the sequence is older than the subscription: any first number will do
      set(number, ANY_LOWER);
      jumped = nanoTime.getAsLong();
      return 0;
    }
    var step = number - latest;
    if (step == 1) {
      set(number, alternative > latest ? alternative : NONE);
      return 0;
    }
    if (alternative >= 0 && number == alternative + 1) {
      set(number, alternative < latest ? latest : NONE);
      return 0;
    }
    if (step > MAX_DISTANCE) {
      return 0;
    }
    if (step > 1) {
      set(number, alternative == NONE || alternative > latest ? latest : alternative);
      jumped = nanoTime.getAsLong();
      return step - 1;
    }
    if (step > -MAX_DISTANCE && alternative != ANY_LOWER && !isPastLateness()) {
      return LATE;
    }
    set(number, latest);
    return 0;
  }

  private void set(long number, long orElse) {
    latest = number;
    alternative = orElse;
  }

  /**
   * Whether no late publication can arrive any more. A lower number then shows that the jump was
   * forged.
   */
  private boolean isPastLateness() {
    return nanoTime.getAsLong() - jumped > LATENESS.toNanos();
  }

  /** Makes another sequence the last one. */
  private void switchTo(String server, long begun) {
    var known = this.server.isEmpty() ? null : storeCurrent().get(new Name(server, begun));
    this.server = known != null ? server : server.intern();
    this.begun = begun;
    if (known == null) {
      latest = begun <= since ? -1 : 0;
      alternative = NONE;
    } else {
      latest = known.latest;
      alternative = known.alternative;
      jumped = known.jumped;
    }
  }

  private Map<Name, Progress> storeCurrent() {
    if (others == null) {
      others = new LinkedHashMap<>(4, 0.75f, true);
    }
    others.put(new Name(server, begun), new Progress(latest, alternative, jumped));
    if (others.size() > MAX_SEQUENCES) {
      var eldest = others.keySet().iterator();
      eldest.next();
      eldest.remove();
    }
    return others;
  }

  /** Parses digits and lower letters alone, without a sign; negative if they are malformed. */
  private static long number(String numbered, int from, int to, int radix, int maxDigits) {
    if (to <= from || to - from > maxDigits) {
      return -1;
    }
    for (var i = from; i < to; i++) {
      var c = numbered.charAt(i);
      if (!(c >= '0' && c <= '9') && !(radix > 10 && c >= 'a' && c <= 'z')) {
        return -1;
      }
    }
    return Long.parseLong(numbered, from, to, radix);
  }
}
