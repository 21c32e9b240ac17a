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
 * A few of the last messages that a script got, all of them small, for the warm-up of its next
 * generation. All threads may use it.
 */
final class Samples {
  /** The number of samples; a power of two. */
  private static final int KEPT = 4;

  private static final int MAX_BYTES = 4_096;

  /**
   * After the first messages, one in this many is kept at random, because a shared counter would
   * cost every call.
   */
  private static final int OF = 64;

  /** A message and its sender. */
  record Sample(Message message, Principal principal) {}

  private final AtomicReferenceArray<@Nullable Sample> kept = new AtomicReferenceArray<>(KEPT);

  private final AtomicInteger next = new AtomicInteger();

  /** Offers a message, which may be kept. */
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

  /** The samples of all scripts by kind and name of link, of the generation loaded last. */
  static final class Book {
    private static final int MAX_SCRIPTS = 256;

    /** Guarded by this; the script that was loaded last is the last entry. */
    private final SequencedMap<String, Samples> byScript = new LinkedHashMap<>();

    synchronized Samples of(String script) {
      var samples = byScript.remove(script);
      if (samples == null) {
        samples = new Samples();
        if (byScript.size() == MAX_SCRIPTS) {
          byScript.pollFirstEntry();
        }
      }
      byScript.put(script, samples);
      return samples;
    }
  }
}
