package io.lhttp.bench;

import io.netty.buffer.ByteBuf;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * One publisher and its subscribers. A window of messages is under way; the next one goes when, on
 * every event loop of the driver, the subscribers have received one more each on the average.
 */
@SuppressWarnings("FutureReturnValueIgnored") // a failed write ends in channelInactive
public final class FanoutLoad implements Workload {
  private final Driver driver;
  private final int window;
  private final int size;
  private final ByteBuf messages;
  private final List<Subscriber> subscribers;
  private final Publisher publisher;
  private final Map<Meter, Lap> laps = new LinkedHashMap<>();

  /** When message n was sent, at n modulo its length; no subscriber can be further behind. */
  private final AtomicLongArray sentAt;

  private final AtomicBoolean waking = new AtomicBoolean();
  private volatile boolean running;

  public FanoutLoad(Driver driver, Target target, int subscribers, int window) throws Exception {
    this.driver = driver;
    this.window = window;
    this.size = Wire.chat().length;
    this.messages = Wire.repeat(Wire.chat(), window);
    this.sentAt = new AtomicLongArray(Integer.highestOneBit(subscribers * window) * 2);
    this.subscribers = driver.open(target, subscribers, Subscriber::new);
    this.publisher = driver.open(target, 1, Publisher::new).getFirst();
    this.subscribers.forEach(s -> s.context().executor().execute(s::join));
    requireAll("an answer to their subscription");
  }

  /** Publishes one message and waits until all have got it. */
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
    wake();
  }

  @Override
  public void stop() {
    running = false;
  }

  @Override
  public void close() {
    running = false;
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

  /** How far the subscribers of one event loop are; written on that loop alone. */
  private static final class Lap {
    int members;
    private long received;
    volatile long done;

    /** Whether another message has reached everybody, on the average. */
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

    Publisher(Meter meter) {
      super(meter, new Protocol.WebSocket());
    }

    /** Fills the window up. */
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
      super(meter, new Protocol.WebSocket());
      this.lap = laps.computeIfAbsent(meter, m -> new Lap());
      lap.members++;
    }

    void join() {
      meter().expected++;
      send(Wire.join());
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
      if (lap.count(messages)) {
        wake();
      }
    }
  }
}
