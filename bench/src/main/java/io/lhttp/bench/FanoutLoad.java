package io.lhttp.bench;

import io.netty.buffer.ByteBuf;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLongArray;
import org.jspecify.annotations.Nullable;

/**
 * One publisher and its subscribers. In the closed loop a window of messages is under way; a
 * further one is sent when, on every event loop of the driver, the subscribers have received one
 * more message on average. In the open loop the publisher sends at a fixed rate.
 */
@SuppressWarnings("FutureReturnValueIgnored") // a failed write ends in channelInactive
public final class FanoutLoad implements Workload {
  /** The open loop fails beyond this many publications under way. */
  private static final int MOST_UNDER_WAY = 1 << 16;

  private final Driver driver;
  private final Dialect dialect;
  private final int window;
  private final int perSecond;
  private final int size;
  private final ByteBuf messages;
  private final List<Subscriber> subscribers;
  private final Publisher publisher;
  private final Map<Meter, Lap> laps = new LinkedHashMap<>();

  /** The send time of message n, at n modulo the length; no subscriber can be further behind. */
  private final AtomicLongArray sentAt;

  private final AtomicBoolean waking = new AtomicBoolean();
  private volatile boolean running;

  /** Creates a closed loop over LHTTP. */
  public FanoutLoad(Driver driver, Target target, int subscribers, int window) throws Exception {
    this(driver, target, Dialect.LHTTP, subscribers, window, 0);
  }

  /** Creates a closed loop in the protocol of the dialect. */
  public static FanoutLoad closed(
      Driver driver, Target target, Dialect dialect, int subscribers, int window) throws Exception {
    return new FanoutLoad(driver, target, dialect, subscribers, window, 0);
  }

  /** Creates an open loop: the publisher sends at this rate, however late the messages arrive. */
  public static FanoutLoad open(
      Driver driver, Target target, Dialect dialect, int subscribers, int perSecond)
      throws Exception {
    return new FanoutLoad(driver, target, dialect, subscribers, 1, perSecond);
  }

  private FanoutLoad(
      Driver driver, Target target, Dialect dialect, int subscribers, int window, int perSecond)
      throws Exception {
    this.driver = driver;
    this.dialect = dialect;
    this.window = window;
    this.perSecond = perSecond;
    this.size = dialect.publish().length;
    this.messages = LoadBytes.repeat(dialect.publish(), window);
    this.sentAt =
        new AtomicLongArray(
            perSecond > 0 ? MOST_UNDER_WAY : Integer.highestOneBit(subscribers * window) * 2);
    this.subscribers = driver.open(target, subscribers, Subscriber::new);
    try {
      this.publisher = driver.open(target, 1, Publisher::new).getFirst();
      if (dialect.join().length > 0) {
        this.subscribers.forEach(s -> s.context().executor().execute(s::join));
        requireAll("an answer to their subscription");
      }
    } catch (Exception e) {
      this.subscribers.forEach(Client::leave);
      throw e;
    }
  }

  /** Publishes one message and waits until all subscribers have it. */
  public void probe() throws Exception {
    publisher.context().executor().execute(() -> publisher.publish(1));
    requireAll("a message");
  }

  private void requireAll(String what) throws Exception {
    var missing = driver.settle();
    if (missing > 0) {
      throw new TimeoutException(
          "%d of %d subscribers did not get %s".formatted(missing, subscribers.size(), what));
    }
  }

  @Override
  public void start() {
    running = true;
    if (perSecond > 0) {
      publisher.pace();
    } else {
      wake();
    }
  }

  @Override
  public void stop() {
    running = false;
    publisher.rest();
  }

  @Override
  public void close() {
    stop();
    publisher.leave();
    subscribers.forEach(Client::leave);
    messages.release();
  }

  private void wake() {
    if (waking.compareAndSet(false, true)) {
      publisher.context().executor().execute(publisher::publish);
    }
  }

  private static long slowest(Collection<Lap> laps) {
    var least = Long.MAX_VALUE;
    for (var lap : laps) {
      least = Math.min(least, lap.done);
    }
    return least;
  }

  /** The progress of one event loop's subscribers; only that loop writes it. */
  private static final class Lap {
    int members;
    private long received;
    volatile long done;

    /** Counts messages. Returns whether, on average, every subscriber has one more. */
    boolean count(int messages) {
      received += messages;
      if (received < (done + 1) * members) {
        return false;
      }
      done = received / members;
      return true;
    }
  }

  private final class Publisher extends Client {
    private long published;
    private volatile @Nullable ScheduledFuture<?> clock;

    Publisher(Meter meter) {
      super(meter, dialect.publisher());
    }

    void pace() {
      var period = TimeUnit.SECONDS.toNanos(1) / perSecond;
      var loop = context().executor();
      clock = loop.scheduleAtFixedRate(this::publishOne, 0, period, TimeUnit.NANOSECONDS);
    }

    void rest() {
      var pacing = clock;
      if (pacing != null) {
        pacing.cancel(false);
      }
    }

    private void publishOne() {
      if (published - slowest(laps.values()) >= MOST_UNDER_WAY) {
        rest();
        fail("%d publications are under way".formatted(MOST_UNDER_WAY));
        return;
      }
      sentAt.setOpaque((int) (published++ & (sentAt.length() - 1)), System.nanoTime());
      publish(1);
    }

    /** Publishes until the window is full. */
    void publish() {
      waking.set(false);
      var count = (int) (window - (published - slowest(laps.values())));
      if (!running || count <= 0) {
        return;
      }
      var now = System.nanoTime();
      for (var i = 0; i < count; i++) {
        sentAt.setOpaque((int) (published++ & (sentAt.length() - 1)), now);
      }
      publish(count);
    }

    void publish(int count) {
      meter().expected += (long) count * subscribers.size();
      send(messages, size, count);
    }

    @Override
    protected void onReceived(int messages) {
      fail("the publisher was sent a message");
    }
  }

  private final class Subscriber extends Client {
    private long received;
    private final Lap lap;

    Subscriber(Meter meter) {
      super(meter, dialect.subscriber());
      this.lap = laps.computeIfAbsent(meter, m -> new Lap());
      lap.members++;
    }

    void join() {
      meter().expected++;
      send(dialect.join());
    }

    @Override
    protected void onReceived(int messages) {
      if (!running) {
        return;
      }
      var now = System.nanoTime();
      var latency = meter().latency;
      for (var i = 0; i < messages; i++) {
        latency.record(now - sentAt.getOpaque((int) (received++ & (sentAt.length() - 1))));
      }
      if (lap.count(messages) && perSecond == 0) {
        wake();
      }
    }
  }
}
