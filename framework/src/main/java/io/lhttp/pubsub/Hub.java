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
    broker.start(
        new Broker.Deliveries() {
          @Override
          public void deliver(String channel, Message message) {
            Hub.this.deliver(channel, message, 0);
          }

          @Override
          public void deliver(String channel, History.Entry entry) {
            Hub.this.deliver(channel, entry.message(), entry.offset());
          }

          @Override
          public void missed(String channel, long count) {
            Hub.this.missed(channel, count);
          }
        });
  }

  /** One more subscriber behind this outlet. Throws what {@link Broker#subscribe} throws. */
  public void join(String channel, int outlet) {
    while (!interests
        .computeIfAbsent(channel, c -> new Interest(outlets.size()))
        .join(channel, outlet)) {
      Thread.onSpinWait(); // the last subscriber is just leaving; the next look finds a new entry
    }
  }

  /** One subscriber less behind this outlet. */
  public void leave(String channel, int outlet) {
    var interest = interests.get(channel);
    if (interest != null) {
      interest.leave(channel, outlet);
    }
  }

  /**
   * Returns and throws what {@link Broker#publish} does.
   *
   * @throws RefusedException 503 where a loop with subscribers can't keep up; nobody gets it then
   */
  public CompletionStage<Void> publish(String channel, Message message) {
    var interest = interests.get(channel);
    if (interest != null && interest.congested()) {
      throw new RefusedException(
          Outcome.refused(503, "too many deliveries wait").retryAfter(Duration.ofSeconds(1)));
    }
    return broker.publish(channel, message);
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

  private void missed(String channel, long count) {
    var interest = interests.get(channel);
    if (interest != null) {
      for (var outlet : interest.interested) {
        outlets.get(outlet).missed(channel, count);
      }
    }
  }

  /** See {@link Broker#history}. */
  public Optional<History> history(String channel) {
    return broker.history(channel);
  }

  private void deliver(String channel, Message message, long offset) {
    var interest = interests.get(channel);
    if (interest == null) {
      return;
    }
    var interested = interest.interested;
    if (interested.length == 0) {
      return;
    }
    var delivery = encoder.encode(message, interested.length, offset);
    for (var outlet : interested) {
      outlets.get(outlet).deliver(channel, delivery);
    }
  }

  /** Who wants a channel. */
  private final class Interest {
    /** Subscribers per outlet. Guarded by this. */
    private final int[] counts;

    /** Guarded by this: once over, it is no longer in the map. */
    private boolean over;

    /** The outlets with subscribers; replaced, never changed. */
    private volatile int[] interested = {};

    Interest(int outlets) {
      counts = new int[outlets];
    }

    /** False where this entry is over. */
    synchronized boolean join(String channel, int outlet) {
      if (over) {
        return false;
      }
      if (interested.length == 0) {
        try {
          broker.subscribe(channel);
        } catch (RuntimeException | Error e) {
          end(channel);
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

    synchronized void leave(String channel, int outlet) {
      if (over || counts[outlet] == 0 || --counts[outlet] > 0) {
        return;
      }
      interested = Arrays.stream(interested).filter(o -> o != outlet).toArray();
      if (interested.length == 0) {
        unsubscribe(channel);
        end(channel); // last: who joins anew subscribes anew
      }
    }

    boolean congested() {
      for (var outlet : interested) {
        if (outlets.get(outlet).congested()) {
          return true;
        }
      }
      return false;
    }

    private void unsubscribe(String channel) {
      try {
        broker.unsubscribe(channel);
      } catch (RuntimeException e) {
        log.error("the broker failed to end a subscription", e);
      }
    }

    private void end(String channel) {
      over = true;
      interests.remove(channel, this);
    }
  }
}
