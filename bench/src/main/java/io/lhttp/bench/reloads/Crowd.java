package io.lhttp.bench.reloads;

import io.lhttp.bench.Client;
import io.lhttp.bench.Driver;
import io.lhttp.bench.FrameCounter;
import io.lhttp.bench.LoadBytes;
import io.lhttp.bench.Meter;
import io.lhttp.bench.Protocol;
import io.lhttp.bench.Target;
import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Subscribers of one channel and a publisher with a fixed rate. A connection that the server drops
 * comes back at once, without a history. Needs a driver of one thread, which reads and counts.
 */
@SuppressWarnings("try") // the end of its connections may be interrupted
final class Crowd implements AutoCloseable {
  /** The publications under way at most. */
  private static final int REMEMBERED = 1 << 16;

  private static final Duration SUBSCRIBED = Duration.ofSeconds(30);
  private static final int RETURN_MILLIS = 20;
  private static final byte[] NOTHING = {};

  private final Driver driver;
  private final Target target;
  private final Paths paths;
  private final AtomicLongArray sentAt = new AtomicLongArray(REMEMBERED);
  private final AtomicLong published = new AtomicLong();
  private final AtomicLong dropped = new AtomicLong();
  private final List<Received> received;
  private final List<@Nullable Member> members = new ArrayList<>();
  private final Queue<Integer> gone = new ConcurrentLinkedQueue<>();
  private final CountDownLatch subscribed;
  private final Thread publishing = Thread.ofPlatform().unstarted(this::publish);
  private final Thread returning = Thread.ofPlatform().unstarted(this::bringBack);
  private final long periodNanos;

  private volatile @Nullable Sender sender;
  private volatile boolean running = true;
  private volatile boolean sending = true;

  /**
   * How clients connect.
   *
   * @param subscribe the path of subscribers
   * @param joins whether a subscriber sends a message to subscribe; otherwise connecting subscribes
   */
  record Paths(String subscribe, String publish, boolean joins) {
    static final Paths LHTTP = new Paths("/", "/", true);
  }

  /** Opens all connections; returns when each has received a publication. */
  Crowd(Driver driver, Target target, Paths paths, int subscribers, int perSecond)
      throws Exception {
    this.driver = driver;
    this.target = target;
    this.paths = paths;
    this.periodNanos = TimeUnit.SECONDS.toNanos(1) / perSecond;
    this.received = IntStream.range(0, subscribers).mapToObj(i -> new Received()).toList();
    this.subscribed = new CountDownLatch(subscribers);
    var next = new AtomicLong();
    members.addAll(
        driver.open(target, subscribers, meter -> new Member(meter, (int) next.getAndIncrement())));
    members.forEach(Crowd::join);
    publishing.start();
    returning.start();
    if (!subscribed.await(SUBSCRIBED.toMillis(), TimeUnit.MILLISECONDS)) {
      close();
      throw new TimeoutException(
          "%d of %d subscribers received nothing".formatted(subscribed.getCount(), subscribers));
    }
  }

  private static void join(@Nullable Member member) {
    if (member != null) {
      member.context().executor().execute(member::join);
    }
  }

  /** The connections that the server has dropped. */
  long dropped() {
    return dropped.get();
  }

  /** Stops publishing, waits for the last publications, and returns how many never came. */
  long lost() throws Exception {
    sending = false;
    publishing.join();
    var before = -1L;
    for (var now = driver.drain().received; now != before; now = driver.drain().received) {
      before = now;
      Thread.sleep(500);
    }
    var last = published.get() - 1;
    return received.stream().mapToLong(r -> r.lost(last)).sum();
  }

  /** The publications that came twice, as {@link Received#doubled} counts them. */
  long doubled() {
    return received.stream().mapToLong(Received::doubled).sum();
  }

  long published() {
    return published.get();
  }

  /** Publishes at the rate, over a new connection if the last one was dropped. */
  private void publish() {
    var due = System.nanoTime();
    while (running && sending) {
      try {
        var current = sender;
        if (current == null) {
          current = driver.open(target, 1, Sender::new).getFirst();
          sender = current;
        }
        var number = published.getAndIncrement();
        sentAt.set((int) (number % REMEMBERED), System.nanoTime());
        current.send(message(number));
        due += periodNanos;
        TimeUnit.NANOSECONDS.sleep(Math.max(0, due - System.nanoTime()));
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      } catch (Exception e) {
        due = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(RETURN_MILLIS); // tries again
      }
    }
  }

  private static byte[] message(long number) {
    return LoadBytes.text("LHTTP/1.0 chat\r\npublish:bench\r\n\r\n" + Numbers.text(number));
  }

  /** Opens dropped connections again. */
  private void bringBack() {
    try {
      while (running) {
        TimeUnit.MILLISECONDS.sleep(RETURN_MILLIS);
        var back = new ArrayList<Integer>();
        for (var slot = gone.poll(); slot != null; slot = gone.poll()) {
          back.add(slot);
        }
        if (!back.isEmpty()) {
          bringBack(back);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void bringBack(List<Integer> slots) throws InterruptedException {
    try {
      var next = new AtomicLong();
      var back =
          driver.open(
              target,
              slots.size(),
              meter -> new Member(meter, slots.get((int) next.getAndIncrement())));
      for (var i = 0; i < back.size(); i++) {
        members.set(slots.get(i), back.get(i));
      }
      back.forEach(Crowd::join);
    } catch (InterruptedException e) {
      throw e;
    } catch (Exception e) {
      gone.addAll(slots); // the server refuses connections for a moment
    }
  }

  @Override
  public void close() throws InterruptedException {
    running = false;
    publishing.interrupt();
    publishing.join();
    returning.interrupt();
    returning.join();
    var current = sender;
    if (current != null) {
      current.leave();
    }
    for (var member : members) {
      if (member != null) {
        member.leave();
      }
    }
  }

  private final class Sender extends Client {
    Sender(Meter meter) {
      super(
          meter,
          new Protocol.WebSocket(
              LoadBytes.handshake(paths.publish),
              NOTHING,
              0,
              new FrameCounter(new Numbers(n -> {}))));
    }

    @Override
    protected void onReceived(int messages) {}

    @Override
    protected void onLost(String reason) {
      dropped.incrementAndGet();
      sender = null;
    }
  }

  private final class Member extends Client {
    private final int slot;

    Member(Meter meter, int slot) {
      super(meter, new Counting(meter, slot));
      this.slot = slot;
    }

    void join() {
      if (paths.joins) {
        send(LoadBytes.join());
      }
    }

    @Override
    protected void onReceived(int messages) {}

    @Override
    protected void onLost(String reason) {
      dropped.incrementAndGet();
      gone.add(slot);
    }
  }

  /** Counts a subscriber's publications. */
  private final class Counting implements Protocol {
    private final Protocol frames;

    Counting(Meter meter, int slot) {
      this.frames =
          new Protocol.WebSocket(
              LoadBytes.handshake(paths.subscribe),
              NOTHING,
              0,
              new FrameCounter(new Numbers(number -> note(meter, slot, number))));
    }

    private void note(Meter meter, int slot, long number) {
      meter.latency.record(System.nanoTime() - sentAt.get((int) (number % REMEMBERED)));
      var mine = received.get(slot);
      if (!mine.isSubscribed()) {
        subscribed.countDown();
      }
      mine.add(number);
    }

    @Override
    public void connected(Client client) {
      frames.connected(client);
    }

    @Override
    public int count(Client client, ByteBuf in) throws IOException {
      return frames.count(client, in);
    }
  }
}
