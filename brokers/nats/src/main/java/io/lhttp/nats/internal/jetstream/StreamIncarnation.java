package io.lhttp.nats.internal.jetstream;

import io.lhttp.channel.Position;
import io.nats.client.api.StreamInfo;
import java.time.Instant;
import java.util.regex.Pattern;

/**
 * The identity of a stream. A stream that is deleted and created again has another incarnation. The
 * offset of a message is its sequence plus a base, which grows with the time of the stream's
 * creation, so that a client never takes a new message for one that it had. Immutable.
 *
 * @param born in milliseconds of the epoch, by NATS' clock
 * @param wholeFrom up to this sequence the stream may have removed more messages than its current
 *     limits explain
 */
public record StreamIncarnation(long born, long wholeFrom) {
  private static final long EPOCH = Instant.parse("2025-01-01T00:00:00Z").toEpochMilli();

  /** The base grows by this much per millisecond: a stream stores fewer messages on average. */
  private static final long PER_MILLISECOND = 10_000;

  /** The version of the notes in a stream's description. Notes of version 0 have none. */
  private static final int VERSION = 1;

  private static final Pattern NOTES =
      Pattern.compile(
          "LHTTP(?:/([0-9]{1,9}))?, .*; whole-from=([0-9]{1,15}); renewed=([0-9]{1,15})(?:;.*)?");

  private static final int RADIX = 36;

  /**
   * Reads the stream's description and its creation time.
   *
   * @throws IllegalStateException if a server of a later version has written it
   */
  public static StreamIncarnation of(StreamInfo info) {
    var description = info.getConfiguration().getDescription();
    return of(
        description == null ? "" : description,
        info.getCreateTime().toInstant().toEpochMilli(),
        info.getConfiguration().getName());
  }

  /** As {@link #of(StreamInfo)}, of the description and the time of creation. */
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

  /** The text of a stream's description. */
  public static String notes(String pattern, long wholeFrom, long renewed) {
    return "LHTTP/%d, history of %s; whole-from=%d; renewed=%d"
        .formatted(VERSION, pattern, wholeFrom, renewed);
  }

  /** The epoch of this incarnation's positions. */
  String name() {
    return Long.toString(born, RADIX);
  }

  /** The offset of a sequence. */
  long offset(long sequence) {
    return base() + sequence;
  }

  /** The sequence of an offset; negative for an offset of an earlier incarnation. */
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
