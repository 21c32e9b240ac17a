package io.lhttp.pubsub;

import io.lhttp.message.Message;
import java.util.List;

/**
 * What was published to one channel, as far as it is remembered. Safe for all threads; no method
 * blocks. What is delivered live on a channel with a history has been entered here before.
 */
public interface History {
  /** Another epoch is another history. */
  String epoch();

  /** Where the newest entry stands, or stood. */
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
   * @param missed how many came behind the offset that was asked for and are forgotten
   * @param entries none where the offset is that of the newest
   */
  record Page(long missed, List<Entry> entries) {
    public Page {
      entries = List.copyOf(entries);
    }
  }

  /** A publication as it is delivered, its position in its headers. */
  record Entry(long offset, Message message) {}
}
