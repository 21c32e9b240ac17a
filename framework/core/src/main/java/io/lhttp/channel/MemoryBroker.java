package io.lhttp.channel;

import io.lhttp.Connection;
import io.lhttp.RefusedException;
import io.lhttp.message.Message;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** Carries channels within one process, on the publisher's thread. All threads may use it. */
public final class MemoryBroker implements Broker {
  private final ConcurrentMap<String, LocalFeed> feeds = new ConcurrentHashMap<>();
  private final AtomicBoolean started = new AtomicBoolean();
  private final Histories histories;
  private volatile boolean closed;

  /** Creates a broker without histories. */
  public MemoryBroker() {
    this(Map.of());
  }

  /**
   * Creates a broker with histories by pattern: a channel's name, or the beginning of names
   * followed by {@code *}. The first match decides.
   */
  public MemoryBroker(Map<String, Retention> histories) {
    this(histories, System::nanoTime);
  }

  MemoryBroker(Map<String, Retention> histories, LongSupplier nanoTime) {
    this(new Histories(histories, nanoTime, Histories.MAX_CHANNELS, Histories.MAX_BYTES));
  }

  MemoryBroker(Histories histories) {
    this.histories = histories;
  }

  @Override
  public void start() {
    if (started.getAndSet(true)) {
      throw new IllegalStateException("a MemoryBroker serves one server; this one has another");
    }
  }

  @Override
  public Feed subscribe(String channel, Subscriber subscriber, @Nullable Connection by) {
    var feed = new LocalFeed(channel, subscriber);
    feeds.put(channel, feed);
    return feed;
  }

  @Override
  public CompletionStage<Void> publish(String channel, Message message, @Nullable Connection by) {
    var log = histories.of(channel);
    if (log != null) {
      publish(channel, message, by, log);
    } else {
      var feed = feeds.get(channel);
      if (feed != null) {
        feed.deliver(message);
      }
    }
    return TAKEN;
  }

  @Override
  public CompletionStage<Optional<Position>> store(String channel, Message message) {
    var log = histories.of(channel);
    if (log == null) {
      return publish(channel, message).thenApply(taken -> Optional.empty());
    }
    while (true) {
      var offset = enter(channel, message, null, log);
      if (offset > 0) {
        histories.grown();
        return CompletableFuture.completedStage(Optional.of(new Position(log.epoch(), offset)));
      }
      log = Objects.requireNonNull(histories.of(channel));
    }
  }

  @Override
  public CompletionStage<Position> resetHistory(String channel) {
    var begin = histories.reset(channel);
    return begin == null
        ? CompletableFuture.failedStage(new RefusedException(409, "the channel has no history"))
        : CompletableFuture.completedStage(begin);
  }

  @Override
  public Optional<Retention> retention(String channel) {
    return Optional.ofNullable(histories.retention(channel));
  }

  /** Returns that there are none, because this broker reaches no other server. */
  @Override
  public Optional<Peers> peers() {
    return Optional.of(Peers.none());
  }

  @Override
  public void close() {
    closed = true;
  }

  void publish(String channel, Message message, @Nullable Connection by, ChannelLog log) {
    if (enter(channel, message, by, log) > 0) {
      histories.grown();
    } else {
      publish(channel, message, by);
    }
  }

  /**
   * Appends a message to the log and delivers it. Returns its offset, or that of an earlier message
   * with the same id; 0 if the log has ended.
   */
  private long enter(String channel, Message message, @Nullable Connection by, ChannelLog log) {
    synchronized (log) { // live deliveries keep the history's order
      if (log.over()) {
        return 0;
      }
      var entry = log.append(message, by);
      if (entry == null) {
        return log.offsetOf(message, by);
      }
      var feed = feeds.get(channel);
      if (feed != null && !closed) {
        feed.subscriber.deliver(entry);
      }
      return entry.offset();
    }
  }

  private final class LocalFeed implements Feed {
    private final String channel;
    private final Subscriber subscriber;
    private volatile boolean over;

    LocalFeed(String channel, Subscriber subscriber) {
      this.channel = channel;
      this.subscriber = subscriber;
    }

    @Override
    public CompletionStage<Void> publish(Message message, @Nullable Connection by) {
      if (over) { // the channel may have a newer feed, whose subscribers have to get the message
        return MemoryBroker.this.publish(channel, message, by);
      }
      var log = histories.of(channel);
      if (log == null) {
        deliver(message);
      } else {
        MemoryBroker.this.publish(channel, message, by, log);
      }
      return TAKEN;
    }

    @Override
    public Optional<History> history() {
      return Optional.ofNullable(histories.of(channel));
    }

    @Override
    public void end() {
      feeds.remove(channel, this);
      over = true;
    }

    void deliver(Message message) {
      if (!closed && !over) {
        subscriber.deliver(message);
      }
    }
  }
}
