package io.lhttp.client;

import io.lhttp.message.Message;
import java.util.LinkedHashMap;
import java.util.UUID;

/**
 * Tells the copies of one message apart. Who has subscribed to two of the channels that a message
 * names gets two copies of it, and nothing on a copy says which channel it is for: the first is
 * taken to be for the first channel, the next for the next one. Remembers the last 64 messages of
 * which copies are still to come. Guarded by its client's lock.
 */
final class Copies {
  private static final int MAX = 64;

  /** By a digest, so that a message's bytes are not kept. */
  private final LinkedHashMap<UUID, Integer> seen = new LinkedHashMap<>();

  /**
   * Which copy this is, counted from 0.
   *
   * @param copies how many of this message are expected in all
   */
  int next(Message message, int copies) {
    var key = UUID.nameUUIDFromBytes(message.without("missed").toBytes());
    var number = seen.getOrDefault(key, 0);
    if (number + 1 >= copies) {
      seen.remove(key);
      return copies - 1;
    }
    seen.put(key, number + 1);
    if (seen.size() > MAX) {
      seen.pollFirstEntry();
    }
    return number;
  }

  void clear() {
    seen.clear();
  }
}
