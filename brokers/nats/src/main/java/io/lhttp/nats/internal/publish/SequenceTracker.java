package io.lhttp.nats.internal.publish;

import java.util.Iterator;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.jspecify.annotations.Nullable;

/**
 * Numbers this server's publications over core NATS, so that receivers detect losses with a {@link
 * GapDetector}. Each publication carries {@code lhttp-number.SERVER.BEGIN.NUMBER}. The server's
 * publications to one channel form a sequence; they are numbered from 1, and the time at which the
 * sequence began is part of its name.
 *
 * <p>NATS carries the number in the reply subject, to which no client subscribes; a header would
 * cost a third of a publication's time. The first word stands for the version of the format. A
 * later version has another word, and this server then delivers without a check for losses.
 *
 * <p>{@link CoreChannels} owns it. Safe for all threads.
 */
public final class SequenceTracker {
  /** The text with which the numbers of all servers begin. */
  static final String NUMBER = "lhttp-number.";

  /** The radix in which the time of a sequence's beginning is written. */
  static final int BEGIN_RADIX = 36;

  /**
   * The most channels with a sequence. Beyond it, sequences are forgotten, and their channels begin
   * new ones.
   */
  private static final int MAX_SEQUENCES = 100_000;

  private final String prefix;
  private final ConcurrentMap<String, Sequence> byChannel = new ConcurrentHashMap<>();

  /**
   * @param server this server's name, unique among all servers and their restarts, without a dot or
   *     colon
   */
  public SequenceTracker(String server) {
    this.prefix = NUMBER + server + ".";
  }

  /** Whether this server has assigned the number. */
  public boolean isOurs(@Nullable String number) {
    return number != null && number.startsWith(prefix);
  }

  /** Returns the sequence of a channel; creates it for the first publication. */
  public Sequence of(String channel) {
    var sequence = byChannel.get(channel);
    if (sequence == null) {
      if (byChannel.size() >= MAX_SEQUENCES) {
        forgetSome();
      }
      sequence =
          byChannel.computeIfAbsent(
              channel, unused -> new Sequence(prefix, System.currentTimeMillis()));
    }
    return sequence;
  }

  /**
   * Forgets one in a hundred sequences, in the arbitrary order of the map. Most channels of a full
   * map are not in use.
   */
  private void forgetSome() {
    Iterator<String> channels = byChannel.keySet().iterator();
    for (var i = 0; i < MAX_SEQUENCES / 100 && channels.hasNext(); i++) {
      channels.next();
      channels.remove();
    }
  }

  /**
   * The numbers of this server's publications to one channel. One thread at a time uses it.
   *
   * <p>Each number's text is built anew. With many channels, a stored text would not be in the
   * CPU's cache, and reading it would take longer.
   */
  public static final class Sequence {
    /** The beginning of the numbers, one string that all sequences of a server share. */
    private final String prefix;

    private final long begun;
    private long last;

    private Sequence(String prefix, long begun) {
      this.prefix = prefix;
      this.begun = begun;
    }

    /** Returns the number of the next publication, and does not change the sequence. */
    String next() {
      return prefix + Long.toString(begun, BEGIN_RADIX) + "." + (last + 1);
    }

    /** Moves to the next number, after the publication was sent or lost. */
    void advance() {
      last++;
    }
  }
}
