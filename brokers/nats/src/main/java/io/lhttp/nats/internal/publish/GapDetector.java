package io.lhttp.nats.internal.publish;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Detects lost publications on one channel by the numbers of {@link SequenceTracker}. It follows
 * the sequence of each server, and counts the numbers that were left out. The channel's
 * subscription owns it, and one thread of jnats uses it.
 *
 * <p>Any client of NATS can forge numbers, also of another server's sequence. A forged number must
 * not make the server drop a real publication. So after a jump the detector remembers two places at
 * which the sequence may continue, until the next number shows which one is right.
 */
public final class GapDetector {
  /**
   * The result for a publication that arrives after a later one, and was already counted as lost.
   * Its server had sent it over a connection that jnats has since given up.
   */
  public static final long LATE = -1;

  /**
   * The largest jump forwards or backwards within a sequence. A number farther away is forged, and
   * ignored.
   */
  private static final long MAX_DISTANCE = 1 << 20;

  /** The longest time for which a connection that was given up may still deliver publications. */
  private static final Duration LATENESS = Duration.ofSeconds(15);

  /** The most digits of a number, so that it always fits a long. */
  private static final int MAX_DIGITS = 18;

  private static final int MAX_BEGIN_DIGITS = 11;

  /**
   * The most sequences that are followed. Beyond it, the one that was received least recently is
   * forgotten.
   */
  private static final int MAX_SEQUENCES = 256;

  /** The value of {@link #alternative} if the sequence can continue only after {@link #latest}. */
  private static final long NONE = -1;

  /** The value of {@link #alternative} if the sequence may also continue at any lower number. */
  private static final long ANY_LOWER = -2;

  private final long since;
  private final LongSupplier nanoTime;

  /**
   * The sequences except the current one; null until there is a second one, because most channels
   * have one publisher.
   */
  private @Nullable Map<Name, Progress> others;

  // The fields from here on describe the current sequence: that of the last publication.
  /** The sequence's name without its time. All detectors share one string for each server. */
  private String server = "";

  /** The time in the sequence's name, at which the server began the sequence. */
  private long begun;

  /** The number of the latest publication, most likely; negative before the first one. */
  private long latest;

  /**
   * Another possible number of the latest publication: the one before a jump, until a second number
   * confirms the jump; or the one after a jump, if the sequence continued before the jump.
   */
  private long alternative = NONE;

  /** When the sequence last jumped, in nanoseconds. */
  private long jumped;

  /** The name of a sequence. */
  private record Name(String server, long begun) {}

  /** The state of a sequence other than the current one, with the meanings of the fields above. */
  private record Progress(long latest, long alternative, long jumped) {}

  /**
   * @param since the time of the subscription in milliseconds since 1970
   * @param nanoTime counts as {@link System#nanoTime} does
   */
  public GapDetector(long since, LongSupplier nanoTime) {
    this.since = since;
    this.nanoTime = nanoTime;
  }

  /**
   * Returns how many publications were lost before this one; 0 if it has no number in this format.
   * Returns {@link #LATE} if this publication, or a later one of its sequence, was received before.
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
    if (latest < 0) { // the sequence began before the subscription, so its first number may be any
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
   * Whether no late publication can arrive any more after the last jump. If so, a lower number
   * shows that the jump was forged.
   */
  private boolean isPastLateness() {
    return nanoTime.getAsLong() - jumped > LATENESS.toNanos();
  }

  /** Makes another sequence the current one. */
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

  /**
   * Parses digits and lower case letters, without a sign. Returns a negative number if the text is
   * malformed.
   */
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
