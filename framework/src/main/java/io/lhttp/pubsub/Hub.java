package io.lhttp.pubsub;

import io.lhttp.Connection;
import io.lhttp.Outcome;
import io.lhttp.RefusedException;
import io.lhttp.message.Message;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Stands between the broker and the event loops: counts subscriptions, so that the broker sees one
 * per channel and server, and hands each delivery once to every loop that has subscribers, encoded
 * once for all of them. Safe for all threads; blocks nobody.
 *
 * @param <D> a delivery, encoded
 */
public final class Hub<D> {
  /** An event loop's end of the hub. */
  public interface Outlet<D> {
    /**
     * Takes a delivery, to hand it to the loop's own subscribers in the order in which deliveries
     * came. Called by any thread; returns at once and throws nothing.
     */
    void deliver(String channel, D delivery);

    /** The channel's subscribers have missed so many. Called by any thread; returns at once. */
    void missed(String channel, long count);

    /** Whether so much waits for the loop that nothing more should be published to it. */
    boolean congested();
  }

  /** Encodes a publication for all who get it. */
  @FunctionalInterface
  public interface Encoder<D> {
    /**
     * @param holders how many outlets will take it
     * @param offset in the channel's history; 0 where it has none
     */
    D encode(Message message, int holders, long offset);
  }

  private static final Logger log = LoggerFactory.getLogger(Hub.class);

  private final Broker broker;
  private final List<Outlet<D>> outlets;
  private final Encoder<D> encoder;
  private final ConcurrentMap<String, Interest> interests = new ConcurrentHashMap<>();

  /**
   * @param outlets one per event loop; they are named by their index from then on
   * @param encoder makes a delivery out of a message and the number of outlets that will take it
   */
  public Hub(Broker broker, List<Outlet<D>> outlets, Encoder<D> encoder) {
    this.broker = broker;
    this.outlets = List.copyOf(outlets);
    this.encoder = encoder;
    broker.start();
  }

  /** One more subscriber behind this outlet. Throws what {@link Broker#subscribe} throws. */
  public void join(String channel, int outlet) {
    while (!interests.computeIfAbsent(channel, Interest::new).join(outlet)) {
      Thread.onSpinWait(); // the last subscriber is just leaving; the next look finds a new entry
    }
  }

  /** One subscriber less behind this outlet. */
  public void leave(String channel, int outlet) {
    var interest = interests.get(channel);
    if (interest != null) {
      interest.leave(outlet);
    }
  }

  /**
   * Returns and throws what {@link Broker#publish} does.
   *
   * @throws RefusedException 503 where a loop with subscribers can't keep up; nobody gets it then
   */
  public CompletionStage<Void> publish(String channel, Message message) {
    var interest = interests.get(channel);
    return interest == null ? broker.publish(channel, message) : interest.publish(message);
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
    return interests.size();
  }

  /** Whether what carries the channels reaches other servers, see {@link Broker#connected}. */
  public boolean connected() {
    return broker.connected();
  }

  /** What the broker remembers of a channel that has been joined; see {@link Broker.Feed}. */
  public Optional<History> history(String channel) {
    var interest = interests.get(channel);
    return interest == null ? Optional.empty() : interest.history();
  }

  /** Who wants a channel. */
  private final class Interest implements Broker.Subscriber {
    private final String channel;

    /** Subscribers per outlet. Guarded by this. */
    private final int[] counts = new int[outlets.size()];

    /** Guarded by this: once over, it is no longer in the map. */
    private boolean over;

    /** The outlets with subscribers; replaced, never changed. */
    private volatile int[] interested = {};

    /** Null before the first has joined. */
    private volatile Broker.@Nullable Feed feed;

    Interest(String channel) {
      this.channel = channel;
    }

    /** False where this entry is over. */
    synchronized boolean join(int outlet) {
      if (over) {
        return false;
      }
      if (feed == null) {
        try {
          feed = broker.subscribe(channel, this);
        } catch (RuntimeException | Error e) {
          end();
          throw e;
        }
      }
      if (counts[outlet]++ == 0) {
        var more = Arrays.copyOf(interested, interested.length + 1);
        more[more.length - 1] = outlet;
        interested = more;
      }
      return true;
    }

    synchronized void leave(int outlet) {
      if (over || counts[outlet] == 0 || --counts[outlet] > 0) {
        return;
      }
      interested = Arrays.stream(interested).filter(o -> o != outlet).toArray();
      if (interested.length == 0) {
        unsubscribe();
        end(); // last: who joins anew subscribes anew
      }
    }

    CompletionStage<Void> publish(Message message) {
      if (congested()) {
        throw new RefusedException(
            Outcome.refused(503, "too many deliveries wait").retryAfter(Duration.ofSeconds(1)));
      }
      var to = feed;
      return to == null ? broker.publish(channel, message) : to.publish(message);
    }

    Optional<History> history() {
      var from = feed;
      return from == null ? Optional.empty() : from.history();
    }

    @Override
    public void deliver(Message message) {
      deliver(message, 0);
    }

    @Override
    public void deliver(History.Entry entry) {
      deliver(entry.message(), entry.offset());
    }

    @Override
    public void missed(long count) {
      for (var outlet : interested) {
        outlets.get(outlet).missed(channel, count);
      }
    }

    private void deliver(Message message, long offset) {
      var to = interested;
      if (to.length == 0) {
        return;
      }
      var delivery = encoder.encode(message, to.length, offset);
      for (var outlet : to) {
        outlets.get(outlet).deliver(channel, delivery);
      }
    }

    private boolean congested() {
      for (var outlet : interested) {
        if (outlets.get(outlet).congested()) {
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
      interests.remove(channel, this);
    }
  }
}
