package io.lhttp.channel;

import io.lhttp.message.Message;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;

/**
 * The latest publications of one channel. All threads may use it, and no method blocks. Live
 * deliveries are entered before they are delivered.
 */
public interface History {
  /**
   * Completes once the entries up to this place, and all others that can be had, are in memory. A
   * history that another server stores may be fetched first.
   *
   * <p>Call the other methods only then. It fails with a {@link io.lhttp.RefusedException} if the
   * fetch takes too long; callbacks must return at once.
   */
  default CompletionStage<Void> reaches(Optional<Position> position) {
    return Broker.TAKEN;
  }

  /** Names this history. A channel whose history is lost gets another epoch. */
  String epoch();

  /** The offset of the newest entry. */
  long head();

  /** Whether all entries behind this offset of this epoch are remembered. */
  boolean holds(long offset);

  /**
   * The offset behind which the newest {@code count} entries begin; for 0, all that are remembered.
   */
  long before(int count);

  /** Returns the entries behind an offset, oldest first. */
  Page after(long offset, int max);

  /**
   * A part of the history.
   *
   * @param from the offset before the first entry: the requested one, or a later one if entries
   *     behind it are forgotten
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
