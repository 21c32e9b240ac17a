package io.lhttp.channel;

import io.lhttp.message.Message;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;

/**
 * What was published to one channel, as far as it is remembered. Safe for all threads; no method
 * blocks. What is delivered live on a channel with a history has been entered here before.
 */
public interface History {
  /**
   * Complete once all is known here that stands up to this place and whatever else can be known; a
   * history that is kept by another server may have to be fetched first. Only then the other
   * methods may be called. It fails with a {@link io.lhttp.RefusedException} where that takes too
   * long. The callbacks of what is returned have to return at once.
   */
  default CompletionStage<Void> reaches(Optional<Position> position) {
    return Broker.TAKEN;
  }

  /** Another epoch is another history. */
  String epoch();

  /** No entry stands behind it, so far. */
  long head();

  /** Whether everything behind this offset of this epoch is remembered. */
  boolean holds(long offset);

  /** Behind which offset the newest {@code count} begin; 0 for all that is remembered. */
  long before(int count);

  /** What comes behind an offset, oldest first. */
  Page after(long offset, int max);

  /**
   * A stretch of the history.
   *
   * @param from where it begins: the offset that was asked for or, where some are forgotten that
   *     came behind it, a later one
   * @param missed how many are forgotten, or 1 where nobody knows how many
   * @param entries none where the offset is that of the newest
   */
  record Page(long from, long missed, List<Entry> entries) {
    public Page {
      entries = List.copyOf(entries);
    }
  }

  /** A publication as it is delivered, its position in its headers. */
  public record Entry(long offset, Message message) {}
}
