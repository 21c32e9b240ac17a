package io.lhttp.channel;

import io.lhttp.ClientKey;
import java.security.SecureRandom;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The histories in memory of all channels that have one, owned by a {@link MemoryBroker}. All
 * threads may use it.
 *
 * <p>Beyond a number of channels or bytes, histories are forgotten. A history counts for the site
 * of the client that published first, and those of the client with the most are forgotten first, so
 * that no client's channels drive out all others. The next publication to such a channel begins a
 * new epoch.
 */
final class Histories {
  static final int MAX_CHANNELS = 10_000;

  /** The most bytes of all histories. */
  static final long MAX_BYTES = mostBytes(Runtime.getRuntime().maxMemory());

  private static final String LETTERS = "0123456789abcdefghijkmnpqrstuvwxyz";
  private static final int EPOCH_LENGTH = 8;

  private final Map<String, Retention> retentions;
  private final LongSupplier nanoTime;
  private final int maxChannels;
  private final long maxBytes;
  private final ConcurrentMap<String, ChannelLog> logs = new ConcurrentHashMap<>();

  /**
   * The number of bytes of all logs. The logs update it, because a read may also remove old
   * entries.
   */
  private final AtomicLong bytes = new AtomicLong();

  private final SecureRandom random = new SecureRandom();

  /**
   * At least as large as each offset of a forgotten history, so that a channel's offsets grow over
   * all epochs.
   */
  private final AtomicLong floor = new AtomicLong();

  /** Returns 128 MiB, or an eighth of a heap of this size if that is less. */
  static long mostBytes(long heap) {
    return Math.min(128L << 20, heap / 8);
  }

  /**
   * @param retentions by pattern: a channel's name, or the beginning of names followed by {@code
   *     *}; the first match decides
   */
  Histories(
      Map<String, Retention> retentions, LongSupplier nanoTime, int maxChannels, long maxBytes) {
    this.retentions = new LinkedHashMap<>(retentions);
    this.nanoTime = nanoTime;
    this.maxChannels = maxChannels;
    this.maxBytes = maxBytes;
  }

  /** Returns the channel's history; null if the channel is configured without one. */
  @Nullable ChannelLog of(String channel) {
    if (retentions.isEmpty()) {
      return null;
    }
    var log = logs.get(channel);
    if (log != null) {
      return log;
    }
    var retention = retention(channel);
    if (retention == null) {
      return null;
    }
    if (logs.size() >= maxChannels) {
      forgetSome();
    }
    return logs.computeIfAbsent(
        channel, c -> new ChannelLog(c, epoch(), floor.get(), retention, nanoTime, bytes));
  }

  /**
   * Forgets a channel's history and begins another one. Returns the position at which it begins;
   * null if the channel is configured without one.
   */
  @Nullable Position reset(String channel) {
    var log = of(channel);
    if (log == null) {
      return null;
    }
    forget(channel, log);
    var next = Objects.requireNonNull(of(channel));
    return new Position(next.epoch(), next.head());
  }

  /**
   * Forgets histories if all together exceed the bytes; to be called after a history may have
   * grown.
   */
  void grown() {
    if (bytes.get() > maxBytes) {
      forgetSome();
    }
  }

  /**
   * Forgets a tenth of all histories, more than needed, so that the next publications need not do
   * it again. Each one is the least recently used of the client whose histories use most.
   */
  private synchronized void forgetSome() {
    if (logs.size() < maxChannels && bytes.get() <= maxBytes) {
      return; // another thread has forgotten some already
    }
    var holders = new HashMap<Optional<ClientKey>, Holder>();
    logs.forEach((channel, log) ->
        holders
            .computeIfAbsent(Optional.ofNullable(log.owner()), owner -> new Holder())
            .add(new Candidate(channel, log, log.used(), share(log))));
    var largest = new PriorityQueue<>(holders.values());
    var most = logs.size() / 10;
    for (var gone = 0; gone <= most || bytes.get() > maxBytes; gone++) {
      var holder = largest.poll();
      if (holder == null) {
        return;
      }
      var next = holder.removeOldest();
      forget(next.channel, next.log);
      if (!holder.logs.isEmpty()) {
        largest.add(holder);
      }
    }
  }

  /** Returns the part of both bounds that a history uses. */
  private double share(ChannelLog log) {
    return 1.0 / maxChannels + (double) log.bytes() / maxBytes;
  }

  /**
   * A history as it was when the search for the least used ones began.
   *
   * @param used the time of its last use
   * @param share the part of the bounds that it uses
   */
  private record Candidate(String channel, ChannelLog log, long used, double share) {}

  /** The histories of one owner. The owner whose histories use most comes first. */
  private static final class Holder implements Comparable<Holder> {
    private final PriorityQueue<Candidate> logs =
        new PriorityQueue<>((a, b) -> Long.signum(a.used - b.used));
    private double share;

    void add(Candidate log) {
      logs.add(log);
      share += log.share;
    }

    Candidate removeOldest() {
      var oldest = logs.remove();
      share -= oldest.share;
      return oldest;
    }

    @Override
    public int compareTo(Holder other) {
      return Double.compare(other.share, share);
    }
  }

  /** Ends a history; the channel's next history begins above its offsets. */
  private void forget(String channel, ChannelLog log) {
    synchronized (log) {
      if (log.over()) {
        return; // another thread has forgotten it
      }
      log.end();
      floor.accumulateAndGet(log.head(), Math::max);
      logs.remove(channel, log);
    }
  }

  /** Returns the bounds of a channel's history; null if it is configured without one. */
  @Nullable Retention retention(String channel) {
    for (var entry : retentions.entrySet()) {
      if (ChannelName.fits(entry.getKey(), channel)) {
        return entry.getValue();
      }
    }
    return null;
  }

  private String epoch() {
    var epoch = new StringBuilder(EPOCH_LENGTH);
    for (var i = 0; i < EPOCH_LENGTH; i++) {
      epoch.append(LETTERS.charAt(random.nextInt(LETTERS.length())));
    }
    return epoch.toString();
  }
}
