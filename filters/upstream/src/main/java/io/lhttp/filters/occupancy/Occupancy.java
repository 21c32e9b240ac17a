package io.lhttp.filters.occupancy;

import io.lhttp.ClientKey;
import io.lhttp.Connection;
import io.lhttp.Metric;
import io.lhttp.channel.Broker;
import io.lhttp.internal.log.ErrorLog;
import io.lhttp.message.Message;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/**
 * Reports which channels have subscribers on any of the servers that share a broker: once when a
 * channel gets the first one, and once when it loses the last one. Of all servers one reports a
 * channel, and another one takes over if it dies.
 *
 * <p>The server's broker is wrapped by {@link #over}. All threads may use it.
 */
public final class Occupancy {
  private static final Duration TICK = Duration.ofMillis(250);
  private static final int ID_BYTES = 12;

  /** The most channels that this server tracks of its own clients. */
  private static final int MAX_CHANNELS = 100_000;

  /** The estimated memory of a tracked channel in bytes; channels take a part of the heap. */
  private static final int CHANNEL = 1_024;

  private static final int PART_OF_HEAP = 50;

  private static final SecureRandom random = new SecureRandom();
  private static final ErrorLog errors =
      new ErrorLog(LoggerFactory.getLogger(Occupancy.class), "occupancy");

  private final OccupancyState state;
  private final LongAdder malformed = new LongAdder();
  private final LongAdder unsent = new LongAdder();

  /** The listeners; the latest comes last. Guarded by this object's lock, and never changed. */
  private List<OccupancyListener> listeners = List.of();

  private @Nullable ScheduledExecutorService thread;
  private volatile @Nullable OccupancyBroker broker;

  public Occupancy() {
    this(InstantSource.system(), System::nanoTime);
  }

  Occupancy(InstantSource clock, LongSupplier nanos) {
    var fitting = Runtime.getRuntime().maxMemory() / PART_OF_HEAP / CHANNEL;
    this.state =
        new OccupancyState(
            id(), (int) Math.min(MAX_CHANNELS, fitting), nanos, clock, Occupancy::id);
  }

  /**
   * Wraps the server's broker. Closing the returned broker also closes the wrapped one.
   *
   * @throws IllegalStateException on a second call
   */
  public synchronized Broker over(Broker wrapped) {
    if (broker != null) {
      throw new IllegalStateException("occupancy is over a broker already");
    }
    var wrapper = new OccupancyBroker(wrapped, this);
    broker = wrapper;
    return wrapper;
  }

  /**
   * Adds a listener. If there is none of its name, all channels that are occupied are reported once
   * more.
   */
  public synchronized void add(OccupancyListener listener) {
    var known = listeners.stream().anyMatch(other -> other.name().equals(listener.name()));
    var more = new ArrayList<>(listeners);
    more.remove(listener);
    more.add(listener);
    change(more);
    if (!known) {
      state.reportAllAgain();
    }
  }

  /** Removes a listener; does nothing if it was not added. */
  public synchronized void remove(OccupancyListener listener) {
    var fewer = new ArrayList<>(listeners);
    if (fewer.remove(listener)) {
      change(fewer);
    }
  }

  private void change(List<OccupancyListener> now) {
    var all = List.copyOf(now);
    listeners = all;
    state.cover(channel -> all.stream().anyMatch(listener -> listener.covers(channel)));
  }

  void opened(String channel, @Nullable Connection by) {
    state.opened(channel, by == null ? null : ClientKey.of(by));
  }

  void closed(String channel) {
    state.closed(channel);
  }

  void receive(Message message) {
    PeerMessage.read(message).ifPresentOrElse(state::receive, malformed::increment);
  }

  synchronized void start() {
    var started =
        Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("lhttp-occupancy").factory());
    thread = started;
    var unused =
        started.scheduleWithFixedDelay(
            errors.guard(this::tick), TICK.toMillis(), TICK.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** Tells other servers that this one ends, and reports no more. */
  void close() {
    ScheduledExecutorService running;
    synchronized (this) {
      running = thread;
      thread = null;
    }
    if (running == null) {
      return;
    }
    running.shutdownNow();
    try {
      var unused = running.awaitTermination(1, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    var current = broker;
    if (current != null && current.reachesOthers()) {
      send(current, state.bye());
    }
  }

  private void tick() {
    var current = broker;
    if (current == null) {
      return;
    }
    var output = state.tick(current.reachesOthers(), current.connected());
    output.messages().forEach(message -> send(current, message));
    current.flush();
    output.events().forEach(this::report);
  }

  private void send(OccupancyBroker to, PeerMessage message) {
    if (!to.send(message.write())) {
      unsent.increment(); // the next beat shows that the message is missing
    }
  }

  /** Reports an event to all listeners that cover its channel. */
  private void report(OccupancyEvent event) {
    var receivers = new LinkedHashMap<String, OccupancyListener>();
    for (var listener : listeners()) {
      if (listener.covers(event.channel())) {
        receivers.put(listener.name(), listener);
      }
    }
    var left = new AtomicInteger(receivers.size());
    var taken = new AtomicBoolean(!receivers.isEmpty());
    if (receivers.isEmpty()) {
      state.reported(event, false);
    }
    for (var receiver : receivers.values()) {
      receiver.report(
          event,
          ok -> {
            if (!ok) {
              taken.set(false);
            }
            if (left.decrementAndGet() == 0) {
              state.reported(event, taken.get());
            }
          });
    }
  }

  private synchronized List<OccupancyListener> listeners() {
    return listeners;
  }

  List<Metric> metrics() {
    return List.of(
        Metric.gauge(
            "occupancy_channels",
            "Channels of all servers with a known occupation",
            state.channels()),
        Metric.gauge(
            "occupancy_servers",
            "Other servers that have sent occupancy messages",
            state.servers()),
        Metric.gauge(
            "occupancy_waiting", "Channels whose state is to be looked at", state.waiting()),
        Metric.counter(
            "occupancy_untracked",
            "Channels that were not tracked because there are too many",
            (double) state.untracked()),
        Metric.counter(
            "occupancy_publish_failures",
            "Occupancy messages that could not be published and are repeated later",
            (double) unsent.sum()),
        Metric.counter(
            "occupancy_malformed",
            "Occupancy messages of other servers that could not be read",
            (double) malformed.sum()));
  }

  private static String id() {
    var bytes = new byte[ID_BYTES];
    random.nextBytes(bytes);
    return HexFormat.of().formatHex(bytes);
  }
}
