package io.lhttp.internal.channel;

import io.lhttp.Connection;
import io.lhttp.Outcome;
import io.lhttp.RefusedException;
import io.lhttp.channel.Broker;
import io.lhttp.channel.History;
import io.lhttp.channel.MessageId;
import io.lhttp.channel.Publications;
import io.lhttp.message.Message;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Stands between the broker and the event loops: counts subscriptions, so that the broker sees one
 * per channel and server, and hands each delivery once to every loop that has subscribers, encoded
 * once for all of them. Safe for all threads; blocks nobody.
 *
 * @param <D> a delivery, encoded
 * @param <A> what an event loop has of a channel
 */
public final class Hub<D, A extends Hub.LocalSubscribers<D>> {
  /** An event loop's end of the hub. */
  @FunctionalInterface
  public interface Endpoint<A> {
    /** Nobody yet, for a channel's first subscriber behind this endpoint. Called by any thread. */
    A receiver(String channel);
  }

  /** The subscribers of one channel behind one endpoint. Methods are called by any thread. */
  public interface LocalSubscribers<D> {
    /** The endpoint's index. */
    int endpoint();

    /**
     * Takes a delivery, to hand it to the subscribers in the order in which deliveries came.
     * Returns at once and throws nothing.
     */
    void deliver(D delivery);

    /** The subscribers have missed so many. Returns at once. */
    void missed(long count);

    /**
     * Deliveries go on behind this offset, though later ones were seen. Keeps its place among the
     * deliveries; returns at once.
     */
    default void rewound(long offset) {}

    /** Whether so much waits for the loop that nothing more should be published to it. */
    boolean congested();
  }

  /** Encodes a publication for all who get it. */
  @FunctionalInterface
  public interface Encoder<D> {
    /**
     * @param holders how many receivers will take it
     * @param offset in the channel's history; 0 where it has none
     */
    D encode(Message message, int holders, long offset);
  }

  private static final Logger log = LoggerFactory.getLogger(Hub.class);

  private final Broker broker;
  private final List<? extends Endpoint<A>> endpoints;
  private final Encoder<D> encoder;
  private final ConcurrentMap<String, ChannelEntry> entries = new ConcurrentHashMap<>();

  /**
   * @param endpoints one per event loop; they are named by their index from then on
   * @param encoder makes a delivery out of a message and the number of receivers that will take it
   */
  public Hub(Broker broker, List<? extends Endpoint<A>> endpoints, Encoder<D> encoder) {
    this.broker = broker;
    this.endpoints = List.copyOf(endpoints);
    this.encoder = encoder;
    broker.start();
  }

  /**
   * One more subscriber behind this endpoint. Throws what {@link Broker#subscribe} throws.
   *
   * @return whom it belongs to: what is published from now on is delivered there
   */
  public A join(String channel, int endpoint) {
    while (true) {
      var receiver = entries.computeIfAbsent(channel, ChannelEntry::new).join(endpoint);
      if (receiver != null) {
        return receiver;
      }
      Thread.onSpinWait(); // the last subscriber is just leaving; the next look finds a new entry
    }
  }

  /** One subscriber less behind this endpoint. */
  public void leave(String channel, int endpoint) {
    var entry = entries.get(channel);
    if (entry != null) {
      entry.leave(endpoint);
    }
  }

  /**
   * Publishes what of a message travels, see {@link Publications#stripped}. Returns and throws what
   * {@link Broker#publish(String, Message, String)} does.
   *
   * @throws RefusedException 503 where a loop with subscribers can't keep up; nobody gets it then
   */
  public CompletionStage<Void> publish(String channel, Message message, String scope) {
    var published = Publications.stripped(message);
    var entry = entries.get(channel);
    return entry == null
        ? broker.publish(channel, published, scope)
        : entry.publish(published, scope);
  }

  /** For the server's own code. */
  public CompletionStage<Void> publish(String channel, Message message) {
    return publish(channel, message, MessageId.SERVER);
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

  /** How many channels have a subscriber here. */
  public int channels() {
    return entries.size();
  }

  /** Why what carries the channels takes nothing now, see {@link Broker#trouble}. */
  public Optional<String> trouble() {
    return broker.trouble();
  }

  /** What the broker remembers of a channel that has been joined; see {@link Broker.Feed}. */
  public Optional<History> history(String channel) {
    var entry = entries.get(channel);
    return entry == null ? Optional.empty() : entry.history();
  }

  /** Who wants a channel. */
  private final class ChannelEntry implements Broker.Subscriber {
    private final String channel;

    /** Subscribers per endpoint. Guarded by this. */
    private final int[] counts = new int[endpoints.size()];

    /** Guarded by this: once over, it is no longer in the map. */
    private boolean over;

    /** Those who have subscribers; replaced, never changed. */
    private volatile List<A> receivers = List.of();

    /** Null before the first has joined. */
    private volatile Broker.@Nullable Feed feed;

    ChannelEntry(String channel) {
      this.channel = channel;
    }

    /** Null where this entry is over. */
    synchronized @Nullable A join(int endpoint) {
      if (over) {
        return null;
      }
      if (feed == null) {
        try {
          feed = broker.subscribe(channel, this);
        } catch (RuntimeException | Error e) {
          end();
          throw e;
        }
      }
      if (counts[endpoint]++ > 0) {
        return of(endpoint);
      }
      var first = endpoints.get(endpoint).receiver(channel);
      receivers = unmodifiable(Stream.concat(receivers.stream(), Stream.of(first)));
      return first;
    }

    synchronized void leave(int endpoint) {
      if (over || counts[endpoint] == 0 || --counts[endpoint] > 0) {
        return;
      }
      receivers = unmodifiable(receivers.stream().filter(a -> a.endpoint() != endpoint));
      if (receivers.isEmpty()) {
        unsubscribe();
        end(); // last: who joins anew subscribes anew
      }
    }

    /** In one object where there are few, unlike {@link Stream#toList}: each is far away. */
    private List<A> unmodifiable(Stream<A> receivers) {
      return receivers.collect(Collectors.toUnmodifiableList());
    }

    /** Of an endpoint with subscribers. */
    private A of(int endpoint) {
      return receivers.stream().filter(a -> a.endpoint() == endpoint).findAny().orElseThrow();
    }

    CompletionStage<Void> publish(Message message, String scope) {
      if (congested()) {
        throw new RefusedException(
            Outcome.refused(503, "too many deliveries wait").retryAfter(Duration.ofSeconds(1)));
      }
      var to = feed;
      return to == null ? broker.publish(channel, message, scope) : to.publish(message, scope);
    }

    Optional<History> history() {
      var from = feed;
      return from == null ? Optional.empty() : from.history();
    }

    @Override
    public void deliver(Message message) {
      if (!receivers.isEmpty()) {
        deliver(Publications.delivery(message, channel), 0);
      }
    }

    @Override
    public void deliver(History.Entry entry) {
      deliver(entry.message(), entry.offset());
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

    private void deliver(Message message, long offset) {
      var to = receivers;
      if (to.isEmpty()) {
        return;
      }
      var delivery = encoder.encode(message, to.size(), offset);
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
