package io.lhttp.nats.internal.jetstream;

import io.lhttp.RefusedException;
import io.lhttp.channel.Broker;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * All {@link ChannelReplica}s of a server, and their bounds: so many channels, and so many bytes.
 * Owned by {@link HistoryStreams}. Safe for all threads; no method blocks.
 */
final class Replicas {
  /** The most channels; a subscription to another one is refused. */
  private static final int MAX_CHANNELS = 10_000;

  /** The most bytes of all windows; beyond it, windows shed messages. */
  private static final long MAX_BYTES = 128L << 20;

  /** The most replicas that one {@link #refetchQuiet} fetches for. */
  private static final int MAX_REFETCHED = 200;

  private final Map<ChannelReplica, Source> all = new ConcurrentHashMap<>();
  private final LongAdder shed = new LongAdder();

  /** The messages of a replica come from this channel of this stream. */
  record Source(HistoryStream stream, String channel) {}

  /** A replica at one moment: a sort key must not change while it is sorted by. */
  private record Behind(ChannelReplica replica, long knownUpTo, HistoryStream stream) {}

  /**
   * Adds a replica, which has not fetched anything.
   *
   * @throws RefusedException 503 if there are too many
   */
  ChannelReplica add(
      HistoryStream stream, String channel, Broker.Subscriber to, ChannelReplica.Fetcher fetcher) {
    if (all.size() >= MAX_CHANNELS) {
      throw new RefusedException(503, "too many channels with a history are subscribed to here");
    }
    var replica = new ChannelReplica(channel, stream.retention(), to, fetcher);
    all.put(replica, new Source(stream, channel));
    return replica;
  }

  void end(ChannelReplica replica) {
    replica.end();
    all.remove(replica);
  }

  void endAll() {
    all.keySet().forEach(ChannelReplica::end);
    all.clear();
  }

  /** Null after the replica's end. */
  @Nullable Source source(ChannelReplica replica) {
    return all.get(replica);
  }

  Collection<ChannelReplica> all() {
    return all.keySet();
  }

  List<ChannelReplica> of(HistoryStream stream) {
    return all.entrySet().stream()
        .filter(entry -> entry.getValue().stream.equals(stream))
        .map(Map.Entry::getKey)
        .toList();
  }

  long bytes() {
    return all.keySet().stream().mapToLong(ChannelReplica::bytes).sum();
  }

  /** The number of times that windows have shed messages. */
  long timesShed() {
    return shed.sum();
  }

  /**
   * Fetches for replicas that got no notification since the last call, but are behind their stream.
   * A lost notification shows only when the next one arrives, and on a quiet channel none does.
   */
  void refetchQuiet() {
    all.entrySet().stream()
        .map(entry ->
            new Behind(entry.getKey(), entry.getKey().knownUpTo(), entry.getValue().stream))
        .filter(behind -> behind.knownUpTo < behind.stream.seen())
        .filter(behind -> behind.replica.quiet())
        .sorted(Comparator.comparingLong(Behind::knownUpTo))
        .limit(MAX_REFETCHED)
        .forEach(behind -> behind.replica.interrupted());
  }

  /**
   * Sheds the windows that were not read for the longest time, down to nine tenths of the bound.
   */
  void shedBeyondBound() {
    var bytes = bytes();
    if (bytes <= MAX_BYTES) {
      return;
    }
    shed.increment();
    var byAge = new ArrayList<>(all.keySet());
    var used = new HashMap<ChannelReplica, Long>();
    byAge.forEach(replica -> used.put(replica, replica.used()));
    byAge.sort(Comparator.comparing(used::get));
    for (var replica : byAge) {
      if (bytes <= MAX_BYTES / 10 * 9) {
        return;
      }
      bytes -= replica.bytes();
      replica.shed();
    }
  }
}
