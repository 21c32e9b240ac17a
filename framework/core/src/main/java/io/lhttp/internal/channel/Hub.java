package io.lhttp.internal.channel;

import io.lhttp.Connection;
import io.lhttp.HistoryAccount;
import io.lhttp.Outcome;
import io.lhttp.RefusedException;
import io.lhttp.channel.Broker;
import io.lhttp.channel.History;
import io.lhttp.channel.Peers;
import io.lhttp.channel.Position;
import io.lhttp.channel.Publications;
import io.lhttp.channel.Window;
import io.lhttp.message.Message;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.Function;
import java.util.function.LongConsumer;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Stands between the broker and the event loops, one for each server. All threads may use it, and
 * no method blocks.
 *
 * <p>The hub counts subscribers, so that the broker sees one subscription for each channel. It
 * encodes each publication once, and passes the result once to each event loop with subscribers.
 *
 * @param <D> an encoded delivery
 * @param <A> the subscribers of one channel on one event loop
 */
public final class Hub<D, A extends Hub.LocalSubscribers<D>> {
  /** An event loop that delivers messages to the subscribers on its connections. */
  @FunctionalInterface
  public interface Endpoint<A> {
    /** Creates the empty list of subscribers of a channel on this endpoint. Any thread calls it. */
    A receiver(String channel);
  }

  /** The subscribers of one channel on one endpoint. Any thread calls its methods. */
  public interface LocalSubscribers<D> {
    /** The endpoint's index. */
    int endpoint();

    /**
     * Accepts a delivery for the subscribers, in the order of the calls. Returns at once and throws
     * nothing.
     */
    void deliver(D delivery);

    /** Reports that the broker has lost this many publications of the channel. Returns at once. */
    void missed(long count);

    /**
     * Reports that the next deliveries continue after this offset, although later offsets were
     * delivered. This call keeps its place among the deliveries; it returns at once.
     */
    default void rewound(long offset) {}

    /**
     * Whether so many deliveries wait for the event loop that it accepts no further publication.
     */
    boolean congested();

    /** Reports that the last subscriber of this endpoint has left. Returns at once. */
    default void ended() {}
  }

  /** Encodes a publication once for all subscribers. */
  @FunctionalInterface
  public interface Encoder<D> {
    /**
     * Encodes a message.
     *
     * @param holders the number of endpoints that will release the delivery
     * @param offset in the channel's history; 0 without a history
     */
    D encode(Message message, int holders, long offset);

    /**
     * As {@link #encode(Message, int, long)}.
     *
     * @param published the message as the broker has brought it, with headers that do not reach
     *     subscribers
     */
    default D encode(Message message, Message published, int holders, long offset) {
      return encode(message, holders, offset);
    }
  }

  private static final Logger log = LoggerFactory.getLogger(Hub.class);

  private final Broker broker;
  private final List<? extends Endpoint<A>> endpoints;
  private final Encoder<D> encoder;
  private final LongConsumer memory;
  private final ConcurrentMap<String, ChannelEntry> entries = new ConcurrentHashMap<>();
  private final HistoryLedger ledger = new HistoryLedger(System::nanoTime, HistoryLedger.PARTS);

  /**
   * @param endpoints one for each event loop; an endpoint's index in this list names it in later
   *     calls
   * @param encoder encodes a message once for all endpoints
   */
  public Hub(Broker broker, List<? extends Endpoint<A>> endpoints, Encoder<D> encoder) {
    this(broker, endpoints, encoder, bytes -> {});
  }

  /**
   * @param memory takes the estimated bytes that the broker needs for each channel as it gets its
   *     first subscriber, and the same number negative when the last one has left; any thread calls
   *     it
   */
  public Hub(
      Broker broker,
      List<? extends Endpoint<A>> endpoints,
      Encoder<D> encoder,
      LongConsumer memory) {
    this.broker = broker;
    this.memory = memory;
    this.endpoints = List.copyOf(endpoints);
    this.encoder = encoder;
    broker.start();
  }

  /**
   * Adds a subscriber on this endpoint. Throws what {@link Broker#subscribe} throws.
   *
   * @param by the subscribing connection; null for the server's own code
   * @return the endpoint's subscribers of the channel, which get all later publications
   */
  public A join(String channel, int endpoint, @Nullable Connection by) {
    while (true) {
      var receiver = entries.computeIfAbsent(channel, ChannelEntry::new).join(endpoint, by);
      if (receiver != null) {
        return receiver;
      }
      Thread.onSpinWait(); // the last subscriber is leaving; the next look-up finds a new entry
    }
  }

  /** Removes one subscriber of this endpoint. */
  public void leave(String channel, int endpoint) {
    var entry = entries.get(channel);
    if (entry != null) {
      entry.leave(endpoint);
    }
  }

  /**
   * Publishes the message without the headers that {@link Publications#stripped} removes. Returns
   * and throws the same as {@link Broker#publish(String, Message, Connection)}.
   *
   * @throws RefusedException 503 if an event loop with subscribers is congested; no subscriber gets
   *     the message then
   */
  public CompletionStage<Void> publish(String channel, Message message, @Nullable Connection by) {
    return publishStripped(channel, Publications.stripped(message), by);
  }

  /** As {@link #publish}, for a message that {@link Publications#stripped} has returned. */
  public CompletionStage<Void> publishStripped(
      String channel, Message published, @Nullable Connection by) {
    var receipt = counted(channel, published, by);
    CompletionStage<Void> taking;
    try {
      var entry = entries.get(channel);
      taking =
          entry == null ? broker.publish(channel, published, by) : entry.publish(published, by);
    } catch (RuntimeException | Error e) {
      giveBack(receipt);
      throw e;
    }
    return receipt == null || taking.equals(Broker.TAKEN)
        ? taking
        : taking.whenComplete((stored, failure) -> {
          if (failure != null) {
            giveBack(receipt);
          }
        });
  }

  /** Counts a publication to a channel with a history; null if nothing was counted. */
  private HistoryLedger.@Nullable Receipt counted(
      String channel, Message published, @Nullable Connection by) {
    var retention = broker.retention(channel);
    if (retention.isEmpty()) {
      return null;
    }
    var account = by == null ? null : by.attributes().get(HistoryAccount.OF).orElse(null);
    return ledger.take(channel, retention.get(), Window.bytesOf(published), account);
  }

  private void giveBack(HistoryLedger.@Nullable Receipt receipt) {
    if (receipt != null) {
      ledger.giveBack(receipt);
    }
  }

  /** Publishes a message of the server's own code. */
  public CompletionStage<Void> publish(String channel, Message message) {
    return publish(channel, message, null);
  }

  /** Whether a channel has subscribers on this server. */
  public boolean subscribed(String channel) {
    return entries.containsKey(channel);
  }

  /** See {@link Broker#channelBytes}. */
  public int channelBytes(String channel) {
    return broker.channelBytes(channel);
  }

  /** See {@link Broker#flush}. */
  public void flush() {
    broker.flush();
  }

  /** See {@link Broker#joined}. */
  public void joined(Connection connection, String channel) {
    broker.joined(connection, channel);
  }

  /** See {@link Broker#left}. */
  public void left(Connection connection, String channel, boolean gone) {
    broker.left(connection, channel, gone);
  }

  /** The number of channels with subscribers on this server. */
  public int channels() {
    return entries.size();
  }

  /** The names of the channels with subscribers on this server, without those of servers. */
  public Set<String> names() {
    return Collections.unmodifiableSet(entries.keySet());
  }

  /** The number of a channel's subscribers on this server. */
  public long subscribers(String channel) {
    var entry = entries.get(channel);
    return entry == null ? 0 : entry.subscribers();
  }

  /** See {@link Broker#peers}. */
  public Optional<Peers> peers() {
    return broker.peers();
  }

  /** See {@link Broker#resetHistory}. */
  public CompletionStage<Position> resetHistory(String channel) {
    return broker
        .resetHistory(channel)
        .whenComplete((begin, failure) -> {
          if (failure == null) {
            ledger.forget(channel);
          }
        });
  }

  /**
   * Publishes a message of the server's own code, and returns its position; see {@link
   * Broker#store}. Throws the same as {@link #publish(String, Message)}.
   */
  public CompletionStage<Optional<Position>> store(String channel, Message message) {
    var entry = entries.get(channel);
    if (entry != null) {
      entry.requireRoom();
    }
    var published = Publications.stripped(message);
    var unused = counted(channel, published, null);
    return broker.store(channel, published);
  }

  /** The reason why the broker is not connected, see {@link Broker#trouble}. */
  public Optional<String> trouble() {
    return broker.trouble();
  }

  /** The history of a channel with subscribers on this server; see {@link Broker.Feed}. */
  public Optional<History> history(String channel) {
    var entry = entries.get(channel);
    return entry == null ? Optional.empty() : entry.history();
  }

  /**
   * Reads a channel's history, with or without subscribers. The channel is subscribed at the broker
   * meanwhile, because the broker keeps histories of such channels alone.
   *
   * @param read returns at once; its argument is empty if the channel has no history
   * @throws RefusedException as {@link Broker#subscribe}
   */
  public <T> CompletionStage<T> readHistory(
      String channel, Function<Optional<History>, CompletionStage<T>> read) {
    var entry = hold(channel);
    CompletionStage<T> reading;
    try {
      reading = read.apply(entry.history());
    } catch (RuntimeException | Error e) {
      entry.release();
      throw e;
    }
    return reading.whenComplete((result, failure) -> entry.release());
  }

  private ChannelEntry hold(String channel) {
    while (true) {
      var entry = entries.computeIfAbsent(channel, ChannelEntry::new);
      if (entry.hold()) {
        return entry;
      }
      Thread.onSpinWait(); // the last subscriber is leaving; the next look-up finds a new entry
    }
  }

  /** One channel with its subscription at the broker and its subscribers on each endpoint. */
  private final class ChannelEntry implements Broker.Subscriber {
    private final String channel;

    /** The number of subscribers per endpoint. Guarded by this object's lock. */
    private final int[] counts = new int[endpoints.size()];

    /** The number of readers of the history. Guarded by this object's lock. */
    private int readers;

    /** Whether the entry was removed from the map. Guarded by this object's lock. */
    private boolean over;

    /** The bytes of {@link #memory} for the subscription. Guarded by this object's lock. */
    private int bytes;

    /** The subscribers of each endpoint that has some. The list is replaced, never changed. */
    private volatile List<A> receivers = List.of();

    /** The subscription at the broker; null before the first subscriber. */
    private volatile Broker.@Nullable Feed feed;

    ChannelEntry(String channel) {
      this.channel = channel;
    }

    /** Adds a subscriber; returns null if the entry was removed from the map. */
    synchronized @Nullable A join(int endpoint, @Nullable Connection by) {
      if (over) {
        return null;
      }
      begin(by);
      if (counts[endpoint]++ > 0) {
        return of(endpoint);
      }
      var first = endpoints.get(endpoint).receiver(channel);
      receivers = unmodifiable(Stream.concat(receivers.stream(), Stream.of(first)));
      return first;
    }

    /** Keeps the channel for a reader; returns false if the entry was removed from the map. */
    synchronized boolean hold() {
      if (over) {
        return false;
      }
      begin(null);
      readers++;
      return true;
    }

    synchronized void release() {
      readers--;
      endIfUnused();
    }

    /** Subscribes at the broker, unless that is done. The caller holds this object's lock. */
    private void begin(@Nullable Connection by) {
      if (feed != null) {
        return;
      }
      try {
        bytes = channelBytes(channel);
        feed = broker.subscribe(channel, this, by);
      } catch (RuntimeException | Error e) {
        end();
        throw e;
      }
      memory.accept(bytes);
    }

    synchronized void leave(int endpoint) {
      if (over || counts[endpoint] == 0 || --counts[endpoint] > 0) {
        return;
      }
      var left = of(endpoint);
      receivers = unmodifiable(receivers.stream().filter(a -> a.endpoint() != endpoint));
      left.ended();
      endIfUnused();
    }

    /** The caller holds this object's lock. */
    private void endIfUnused() {
      if (receivers.isEmpty() && readers == 0) {
        unsubscribe();
        end(); // last, so that a new subscriber finds no entry and subscribes at the broker anew
      }
    }

    /**
     * Returns a list whose few elements lie in the list object itself, unlike {@link
     * Stream#toList}, because each delivery reads it.
     */
    private List<A> unmodifiable(Stream<A> receivers) {
      return receivers.collect(Collectors.toUnmodifiableList());
    }

    /** Returns the subscribers of an endpoint, which has at least one. */
    private A of(int endpoint) {
      return receivers.stream().filter(a -> a.endpoint() == endpoint).findAny().orElseThrow();
    }

    synchronized long subscribers() {
      return IntStream.of(counts).asLongStream().sum();
    }

    CompletionStage<Void> publish(Message message, @Nullable Connection by) {
      requireRoom();
      var to = feed;
      return to == null ? broker.publish(channel, message, by) : to.publish(message, by);
    }

    /** Refuses a publication while an event loop with subscribers is congested. */
    void requireRoom() {
      if (congested()) {
        throw new RefusedException(
            Outcome.refused(503, "too many deliveries wait").retryAfter(Duration.ofSeconds(1)));
      }
    }

    Optional<History> history() {
      var from = feed;
      return from == null ? Optional.empty() : from.history();
    }

    @Override
    public void deliver(Message message) {
      if (!receivers.isEmpty()) {
        deliver(Publications.delivery(message, channel), message, 0);
      }
    }

    @Override
    public void deliver(History.Entry entry) {
      deliver(entry, entry.message());
    }

    @Override
    public void deliver(History.Entry entry, Message published) {
      deliver(entry.message(), published, entry.offset());
    }

    @Override
    public void missed(long count) {
      for (var receiver : receivers) {
        receiver.missed(count);
      }
    }

    @Override
    public void rewound(long offset) {
      for (var receiver : receivers) {
        receiver.rewound(offset);
      }
    }

    private void deliver(Message message, Message published, long offset) {
      var to = receivers;
      if (to.isEmpty()) {
        return;
      }
      var delivery = encoder.encode(message, published, to.size(), offset);
      for (var receiver : to) {
        receiver.deliver(delivery);
      }
    }

    private boolean congested() {
      for (var receiver : receivers) {
        if (receiver.congested()) {
          return true;
        }
      }
      return false;
    }

    private void unsubscribe() {
      var from = feed;
      if (from == null) {
        return;
      }
      memory.accept(-bytes);
      try {
        from.end();
      } catch (RuntimeException e) {
        log.error("the broker failed to end a subscription", e);
      }
    }

    private void end() {
      over = true;
      entries.remove(channel, this);
    }
  }
}
