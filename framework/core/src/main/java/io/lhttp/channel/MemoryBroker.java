package io.lhttp.channel;

import io.lhttp.Connection;
import io.lhttp.message.Message;
import java.util.Map;
import java.util.Optional;
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
  public void close() {
    closed = true;
  }

  void publish(String channel, Message message, @Nullable Connection by, ChannelLog log) {
    if (enter(channel, message, by, log)) {
      histories.grown();
    } else {
      publish(channel, message, by);
    }
  }

  /** Appends a message to the log and delivers it; returns false if the log has ended. */
  private boolean enter(String channel, Message message, @Nullable Connection by, ChannelLog log) {
    synchronized (log) { // live deliveries keep the history's order
      if (log.over()) {
        return false;
      }
      var entry = log.append(message, by);
      var feed = feeds.get(channel);
      if (entry != null && feed != null && !closed) {
        feed.subscriber.deliver(entry);
      }
      return true;
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
