package io.lhttp.nats.internal.jetstream;

import io.lhttp.ClientKey;
import io.lhttp.RefusedException;
import io.lhttp.channel.Broker;
import io.lhttp.outgoing.ClientShares;
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
 * All {@link ChannelReplica}s of a server, with limits for their number and their bytes. Owned by
 * {@link HistoryStreams}. Safe for all threads; no method blocks.
 */
final class Replicas {
  /** The most replicas; a subscription to another channel is refused. */
  private static final int MAX_CHANNELS = 10_000;

  /** The most bytes of all windows together; beyond it, windows drop their messages. */
  private static final long MAX_BYTES = mostBytes(Runtime.getRuntime().maxMemory());

  /** The most replicas for which one call of {@link #refetchQuiet} starts a fetch. */
  private static final int MAX_REFETCHED = 200;

  private final Map<ChannelReplica, Source> all = new ConcurrentHashMap<>();
  private final LongAdder shed = new LongAdder();

  private final ClientShares places = new ClientShares(MAX_CHANNELS);

  /**
   * The stream and the channel whose messages a replica copies.
   *
   * @param client the client that subscribed first; null for the server's own code
   */
  record Source(HistoryStream stream, String channel, @Nullable ClientKey client) {}

  /**
   * A replica with the progress that was read once, because a sort key must not change during the
   * sort.
   */
  private record Progress(ChannelReplica replica, long knownUpTo, HistoryStream stream) {}

  /** Returns 128 MiB, or an eighth of a heap of this size if that is less. */
  static long mostBytes(long heap) {
    return Math.min(128L << 20, heap / 8);
  }

  /**
   * Adds a replica, which has fetched no messages yet.
   *
   * @param client the client that subscribes; null for the server's own code
   * @throws RefusedException 503 if there are too many replicas, 429 if too many of this client
   */
  ChannelReplica add(
      HistoryStream stream,
      String channel,
      Broker.Subscriber to,
      ChannelReplica.Fetcher fetcher,
      @Nullable ClientKey client) {
    if (!places.take(client)) {
      throw places.full()
          ? new RefusedException(503, "too many channels with a history are subscribed to here")
          : new RefusedException(429, "this client has too many channels with a history here");
    }
    var replica = new ChannelReplica(channel, stream.retention(), to, fetcher);
    all.put(replica, new Source(stream, channel, client));
    return replica;
  }

  /** Ends a replica whose subscription has ended. */
  void end(ChannelReplica replica) {
    replica.end();
    var source = all.remove(replica);
    if (source != null) {
      places.giveBack(source.client);
    }
  }

  void endAll() {
    List.copyOf(all.keySet()).forEach(this::end);
  }

  /** The source of a replica; null after the replica's end. */
  @Nullable Source source(ChannelReplica replica) {
    return all.get(replica);
  }

  Collection<ChannelReplica> all() {
    return all.keySet();
  }

  /** The replicas of all channels of a stream. */
  List<ChannelReplica> of(HistoryStream stream) {
    return all.entrySet().stream()
        .filter(entry -> entry.getValue().stream.equals(stream))
        .map(Map.Entry::getKey)
        .toList();
  }

  /** The estimated bytes of all windows together. */
  long bytes() {
    return all.keySet().stream().mapToLong(ChannelReplica::bytes).sum();
  }

  /** How often a window has dropped its messages to free memory. */
  long timesShed() {
    return shed.sum();
  }

  /**
   * Starts a fetch for replicas that got no notification since the last call, but know less than
   * their stream has. A lost notification shows only when the next one arrives, and on a quiet
   * channel none does.
   */
  void refetchQuiet() {
    all.entrySet().stream()
        .map(entry ->
            new Progress(entry.getKey(), entry.getKey().knownUpTo(), entry.getValue().stream))
        .filter(progress -> progress.knownUpTo < progress.stream.highestSeen())
        .filter(progress -> progress.replica.quiet())
        .sorted(Comparator.comparingLong(Progress::knownUpTo))
        .limit(MAX_REFETCHED)
        .forEach(progress -> progress.replica.interrupted());
  }

  /**
   * Lets windows drop their messages, those first that were not read for the longest time, until
   * the bytes are below nine tenths of the limit.
   */
  void shedBeyondBound() {
    var bytes = bytes();
    if (bytes <= MAX_BYTES) {
      return;
    }
    shed.increment();
    var byAge = new ArrayList<>(all.keySet());
    var lastRead = new HashMap<ChannelReplica, Long>();
    byAge.forEach(replica -> lastRead.put(replica, replica.lastRead()));
    byAge.sort(Comparator.comparing(lastRead::get));
    for (var replica : byAge) {
      if (bytes <= MAX_BYTES / 10 * 9) {
        return;
      }
      bytes -= replica.bytes();
      replica.shed();
    }
  }
}
