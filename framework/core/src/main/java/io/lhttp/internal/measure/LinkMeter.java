package io.lhttp.internal.measure;

import io.lhttp.Outcome;
import io.lhttp.chain.Latency;
import io.lhttp.chain.LinkStatistics;
import io.lhttp.chain.LinkStatistics.Kind;
import io.lhttp.chain.LinkStatistics.Refusals;
import java.util.Comparator;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * Counts the messages, times, refusals and failures of one link. All threads may use it.
 *
 * <p>Each event loop has a cell of its own, which it alone writes, without a fence; all other
 * threads share one cell. All threads share the counters of refusals and failures, which are rare.
 */
public final class LinkMeter {
  /** In place of a time that was not measured. */
  public static final long UNTIMED = -1;

  private static final int MESSAGES = 0;
  private static final int TIME = 1;
  private static final int SIZE = TIME + 1 + Latency.BUCKETS;

  final Kind kind;
  final String name;

  /** The cells by the event loop's index; the last one is for all other threads. */
  private final AtomicLongArray[] cells;

  private final LongAdder failures = new LongAdder();
  private final ConcurrentMap<Refusal, LongAdder> refusals = new ConcurrentHashMap<>();
  private final RecentRefusals recent = new RecentRefusals();

  LinkMeter(Kind kind, String name, int loops) {
    this.kind = kind;
    this.name = name;
    this.cells = new AtomicLongArray[loops + 1];
    for (var i = 0; i <= loops; i++) {
      cells[i] = new AtomicLongArray(SIZE);
    }
  }

  /**
   * Counts a message that has left the link.
   *
   * @param nanos the link's time, or {@link #UNTIMED}
   */
  public void count(MeteredExchange exchange, long nanos) {
    var slot = exchange.slot();
    if (slot != null && slot.index < cells.length - 1) {
      var cell = cells[slot.index];
      addAlone(cell, MESSAGES, 1);
      if (nanos >= 0) {
        addAlone(cell, TIME, nanos * exchange.weight());
        addAlone(cell, TIME + 1 + Latency.bucket(nanos), exchange.weight());
      }
    } else {
      var cell = cells[cells.length - 1];
      cell.getAndIncrement(MESSAGES);
      if (nanos >= 0) {
        cell.getAndAdd(TIME, nanos * exchange.weight());
        cell.getAndAdd(TIME + 1 + Latency.bucket(nanos), exchange.weight());
      }
    }
  }

  /** Counts a refusal or close; does nothing for a message that was handled. */
  public void refused(MeteredExchange exchange, Outcome outcome) {
    switch (outcome) {
      case Outcome.Done unused -> {}
      case Outcome.Refused(var status, var reason, var unused) -> refused(exchange, status, reason);
      case Outcome.Closed(var code) -> refused(exchange, code.code(), code.reason());
    }
  }

  public void failed() {
    failures.increment();
  }

  public LinkStatistics statistics() {
    var messages = 0L;
    for (var cell : cells) {
      messages += cell.getOpaque(MESSAGES);
    }
    var counted =
        refusals.entrySet().stream()
            .map(e -> new Refusals(e.getKey().command, e.getKey().status, e.getValue().sum()))
            .sorted(Comparator.comparing(Refusals::command).thenComparingInt(Refusals::status))
            .toList();
    return new LinkStatistics(
        kind, name, messages, failures.sum(), counted, recent.list(), Latency.sumOf(cells, TIME));
  }

  private void refused(MeteredExchange exchange, int status, String reason) {
    var key = new Refusal(exchange.commandForMetrics(), status);
    @Nullable LongAdder counter = refusals.get(key);
    if (counter == null) {
      counter = refusals.computeIfAbsent(key, k -> new LongAdder());
    }
    counter.increment();
    if (kind != Kind.CHAIN) {
      recent.add(exchange.connection(), exchange.received().command(), status, reason);
    }
  }

  /** Adds to a number that only the current thread writes. */
  private static void addAlone(AtomicLongArray cell, int index, long more) {
    cell.setOpaque(index, cell.getPlain(index) + more);
  }

  /**
   * The key of a counter of refusals. The number of keys is bounded: commands are configured, and
   * there are 4,200 statuses and close codes.
   */
  private record Refusal(String command, int status) {}
}
