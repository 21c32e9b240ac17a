package io.lhttp.scripts;

import io.lhttp.Exchange;
import io.lhttp.Principal;
import io.lhttp.message.Message;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * A few small messages that a script has received lately, for the warm-up of its next generation.
 * All threads may use it.
 */
final class MessageSamples {
  /** The number of samples; a power of two. */
  private static final int KEPT = 4;

  private static final int MAX_BYTES = 4_096;

  /**
   * After the first messages, one in this many is kept at random. A counter would be shared by all
   * threads and slow down every call.
   */
  private static final int OF = 64;

  /** A message with the user who sent it. */
  record Sample(Message message, Principal principal) {}

  private final AtomicReferenceArray<@Nullable Sample> kept = new AtomicReferenceArray<>(KEPT);

  private final AtomicInteger next = new AtomicInteger();

  /** Offers a message. It is kept if it is small and chosen. */
  void offer(Exchange exchange) {
    var wanted = kept.getPlain(0) == null || ThreadLocalRandom.current().nextInt(OF) == 0;
    if (wanted && exchange.request().size() <= MAX_BYTES) {
      var sample = new Sample(exchange.request(), exchange.connection().principal());
      kept.set(next.getAndIncrement() & (KEPT - 1), sample);
    }
  }

  List<Sample> list() {
    var list = new ArrayList<Sample>(KEPT);
    for (var i = 0; i < KEPT; i++) {
      var sample = kept.get(i);
      if (sample != null) {
        list.add(sample);
      }
    }
    return list;
  }

  /**
   * The samples of all scripts, by kind and name of link. A new generation of a script continues
   * with the samples of its predecessor.
   */
  static final class ByScript {
    private static final int MAX_SCRIPTS = 256;

    /**
     * The samples by script. The script that was loaded last comes last. Guarded by this object's
     * lock.
     */
    private final SequencedMap<String, MessageSamples> byScript = new LinkedHashMap<>();

    synchronized MessageSamples of(String script) {
      var samples = byScript.remove(script);
      if (samples == null) {
        samples = new MessageSamples();
        if (byScript.size() == MAX_SCRIPTS) {
          byScript.pollFirstEntry();
        }
      }
      byScript.put(script, samples);
      return samples;
    }
  }
}
