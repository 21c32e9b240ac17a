package io.lhttp.nats.internal.jetstream;

import io.lhttp.channel.Position;
import io.nats.client.api.StreamInfo;
import java.time.Instant;
import java.util.regex.Pattern;

/**
 * The identity of a stream. A stream that is deleted and created again has another incarnation. The
 * offset of a message is its sequence plus a base, which grows with the time of the stream's
 * creation, so that a client never mistakes a new message for one that it has received. Immutable.
 *
 * @param born when the stream was created, in milliseconds since 1970 by NATS' clock
 * @param wholeFrom the sequence up to which the stream may have lost more messages than its current
 *     limits explain
 */
public record StreamIncarnation(long born, long wholeFrom) {
  private static final long EPOCH = Instant.parse("2025-01-01T00:00:00Z").toEpochMilli();

  /**
   * The base grows by this number per millisecond. A stream stores fewer messages per millisecond
   * on average, so offsets never overlap.
   */
  private static final long PER_MILLISECOND = 10_000;

  /**
   * The version of the format in which a stream's description stores these numbers. Descriptions of
   * version 0 have none.
   */
  private static final int VERSION = 1;

  private static final Pattern NOTES =
      Pattern.compile(
          "LHTTP(?:/([0-9]{1,9}))?, .*; whole-from=([0-9]{1,15}); renewed=([0-9]{1,15})(?:;.*)?");

  private static final int RADIX = 36;

  /**
   * Reads the incarnation from the stream's description and creation time.
   *
   * @throws IllegalStateException if a server of a later version has written the description
   */
  public static StreamIncarnation of(StreamInfo info) {
    var description = info.getConfiguration().getDescription();
    return of(
        description == null ? "" : description,
        info.getCreateTime().toInstant().toEpochMilli(),
        info.getConfiguration().getName());
  }

  /** Reads the incarnation from a stream's description and creation time. */
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

  /** Returns the description of a stream that stores these numbers in JetStream. */
  public static String notes(String pattern, long wholeFrom, long renewed) {
    return "LHTTP/%d, history of %s; whole-from=%d; renewed=%d"
        .formatted(VERSION, pattern, wholeFrom, renewed);
  }

  /** The epoch of the positions in this incarnation. */
  String name() {
    return Long.toString(born, RADIX);
  }

  /** Returns the offset for a sequence of the stream. */
  long offset(long sequence) {
    return base() + sequence;
  }

  /** Returns the sequence for an offset; negative for an offset of an earlier incarnation. */
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
