package io.lhttp.nats.internal.jetstream;

import io.lhttp.channel.Position;
import io.nats.client.api.StreamInfo;
import java.time.Instant;
import java.util.regex.Pattern;

/**
 * A stream's identity: a stream that is deleted and made again is another one. Offsets are the
 * stream's sequences behind a base that is made of its birth, so that they go on growing from one
 * era to the next: a subscription that stands takes nothing for what it had.
 *
 * @param born in milliseconds of the epoch, by NATS' clock
 * @param wholeFrom up to this sequence more may have been forgotten than the stream's limits of
 *     today say
 */
public record StreamIncarnation(long born, long wholeFrom) {
  private static final long EPOCH = Instant.parse("2025-01-01T00:00:00Z").toEpochMilli();

  /** Publications per millisecond that no stream ever takes for all of its life. */
  private static final long PER_MILLISECOND = 10_000;

  /** Of the notes in a stream's description; those of the first version do not say it. */
  private static final int VERSION = 1;

  private static final Pattern NOTES =
      Pattern.compile(
          "LHTTP(?:/([0-9]{1,9}))?, .*; whole-from=([0-9]{1,15}); renewed=([0-9]{1,15})(?:;.*)?");

  private static final int RADIX = 36;

  /**
   * Reads the stream's description and its creation time.
   *
   * @throws IllegalStateException where a server has written it that knows more than this one
   */
  public static StreamIncarnation of(StreamInfo info) {
    var description = info.getConfiguration().getDescription();
    return of(
        description == null ? "" : description,
        info.getCreateTime().toInstant().toEpochMilli(),
        info.getConfiguration().getName());
  }

  public static StreamIncarnation of(String description, long created, String stream) {
    var notes = NOTES.matcher(description);
    if (!notes.matches()) {
      return new StreamIncarnation(created, 0);
    }
    if (notes.group(1) != null && Integer.parseInt(notes.group(1)) > VERSION) {
      throw new IllegalStateException(
          "stream %s is of a later version of LHTTP (%s, this server knows %d)"
              .formatted(stream, notes.group(1), VERSION));
    }
    return new StreamIncarnation(
        Math.max(created, Long.parseLong(notes.group(3))), Long.parseLong(notes.group(2)));
  }

  /** To be kept in the stream's description. */
  public static String notes(String pattern, long wholeFrom, long renewed) {
    return "LHTTP/%d, history of %s; whole-from=%d; renewed=%d"
        .formatted(VERSION, pattern, wholeFrom, renewed);
  }

  /** Its name in positions. */
  String name() {
    return Long.toString(born, RADIX);
  }

  long offset(long sequence) {
    return base() + sequence;
  }

  /** The sequence behind an offset; negative for those of earlier eras. */
  long sequence(long offset) {
    return offset - base();
  }

  Position position(long sequence) {
    return new Position(name(), offset(sequence));
  }

  private long base() {
    return Math.max(0, born - EPOCH) * PER_MILLISECOND;
  }
}
