package io.lhttp.channel;

import io.lhttp.message.Message;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;

/**
 * The latest publications of one channel. All threads may use it, and no method blocks. A live
 * message is in the history before it is delivered.
 */
public interface History {
  /**
   * Completes once the entries up to this position, and all others that can be had, are in memory.
   * If another server stores the history, the entries are fetched from there.
   *
   * <p>Other methods may be called only after completion. The result fails with a {@link
   * io.lhttp.RefusedException} if the fetch takes too long. Callbacks on the result must return at
   * once.
   */
  default CompletionStage<Void> reaches(Optional<Position> position) {
    return Broker.TAKEN;
  }

  /** Names this history. A channel whose history is lost gets another epoch. */
  String epoch();

  /** The offset of the newest entry. */
  long head();

  /** Whether all entries after this offset are still in memory. */
  boolean holds(long offset);

  /**
   * The offset after which the newest {@code count} entries follow. For 0, the offset before the
   * oldest entry.
   */
  long before(int count);

  /** Returns at most {@code max} entries after an offset, oldest first. */
  Page after(long offset, int max);

  /**
   * A part of the history.
   *
   * @param from the offset before the first entry: the requested one, or a later one if entries
   *     after it are forgotten
   * @param missed the number of forgotten entries, or 1 if the number is not known
   * @param entries empty if the offset is that of the newest entry
   */
  record Page(long from, long missed, List<Entry> entries) {
    public Page {
      entries = List.copyOf(entries);
    }
  }

  /** A publication as subscribers get it, with its position in its headers. */
  public record Entry(long offset, Message message) {}
}
