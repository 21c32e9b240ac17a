package io.lhttp.nats.internal.publish;

import java.util.Iterator;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.jspecify.annotations.Nullable;

/**
 * Numbers this server's publications over core NATS, so that receivers detect losses with a {@link
 * GapDetector}. Each publication carries {@code lhttp-number.SERVER.BEGIN.NUMBER}: the server's
 * publications to one channel form a sequence, which is numbered from 1 and named by the time at
 * which it began.
 *
 * <p>NATS carries the number in the reply subject, to which no client subscribes; a header would
 * cost a third of a publication's time. The first word is the version: a later version has another
 * word, and its publications are delivered without a check for losses.
 *
 * <p>{@link CoreChannels} owns it. Safe for all threads.
 */
public final class SequenceTracker {
  /** The beginning of all numbers. */
  static final String NUMBER = "lhttp-number.";

  /** The base in which the time of a sequence's begin is written. */
  static final int BEGIN_RADIX = 36;

  /** The most channels with a sequence; beyond it, some channels begin another sequence. */
  private static final int MAX_SEQUENCES = 100_000;

  private final String prefix;
  private final ConcurrentMap<String, Sequence> byChannel = new ConcurrentHashMap<>();

  /**
   * @param server unique among all servers and their restarts, without a dot or colon
   */
  public SequenceTracker(String server) {
    this.prefix = NUMBER + server + ".";
  }

  /** Whether this server has made a number. */
  public boolean isOurs(@Nullable String number) {
    return number != null && number.startsWith(prefix);
  }

  /** The sequence of a channel that is published to. */
  public Sequence of(String channel) {
    var sequence = byChannel.get(channel);
    if (sequence == null) {
      if (byChannel.size() >= MAX_SEQUENCES) {
        forgetSome();
      }
      sequence =
          byChannel.computeIfAbsent(channel, _ -> new Sequence(prefix, System.currentTimeMillis()));
    }
    return sequence;
  }

  /** Forgets the first channels that the map returns: of so many, hardly one is busy. */
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
   * <p>It builds each number's text anew. With many channels a stored text would not be in the
   * CPU's cache, and reading it would take longer.
   */
  public static final class Sequence {
    /** One string that all sequences of a server share. */
    private final String prefix;

    private final long begun;
    private long last;

    private Sequence(String prefix, long begun) {
      this.prefix = prefix;
      this.begun = begun;
    }

    /** The number of the next publication. */
    String next() {
      return prefix + Long.toString(begun, BEGIN_RADIX) + "." + (last + 1);
    }

    /** The next publication is sent, or lost. */
    void advance() {
      last++;
    }
  }
}
