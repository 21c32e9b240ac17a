package io.lhttp.bench.nats;

import io.lhttp.bench.Client;
import io.lhttp.bench.Driver;
import io.lhttp.bench.LoadBytes;
import io.lhttp.bench.Meter;
import io.lhttp.bench.Protocol;
import io.lhttp.bench.Target;
import io.lhttp.bench.Workload;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * One publisher, whose publications go to shuffled channels with one subscriber each. Needs a
 * driver of one thread, to which it is confined once it is open.
 */
final class SpreadLoad implements Workload {
  /** The most channels that the server accepts in one {@code subscribe} header. */
  private static final int JOINS = 64;

  /**
   * The number of prepared frames. The publisher sends them again and again, so that their memory
   * does not depend on the number of channels.
   */
  private static final int FRAMES = 100_000;

  private static final int PATIENCE_SECONDS = 30;

  private static final int TICK_MILLIS = 1;

  private final int window;
  private final int perTick;
  private final int size = LoadBytes.chat(name(0)).length;
  private final ByteBuf frames;
  private final long[] sentAt;
  private final List<Subscriber> subscribers;
  private final Publisher publisher;

  private boolean running;
  private @Nullable ScheduledFuture<?> clock;
  private long published;
  private long received;
  private long due = Long.MAX_VALUE;
  private CompletableFuture<Long> done = new CompletableFuture<>();

  /**
   * @param connections the connections among which the channels are divided
   * @param window the most publications under way, a power of two
   * @param perSecond a multiple of 1,000; 0 for as many as the window allows
   */
  SpreadLoad(Driver driver, Target target, int channels, int connections, int window, int perSecond)
      throws Exception {
    this.window = window;
    this.perTick = perSecond * TICK_MILLIS / 1_000;
    this.sentAt = new long[Integer.highestOneBit(window) * 2];
    this.frames = frames(channels);
    this.subscribers = driver.open(target, connections, Subscriber::new);
    this.publisher = driver.open(target, 1, Publisher::new).getFirst();
    for (var i = 0; i < connections; i++) {
      var subscriber = subscribers.get(i);
      var names = IntStream.iterate(i, c -> c < channels, c -> c + connections);
      var mine = names.mapToObj(SpreadLoad::name).toList();
      onLoop(() -> subscriber.join(mine));
    }
    var missing = driver.settle();
    if (missing > 0) {
      throw new TimeoutException(missing + " subscriptions were not answered");
    }
  }

  /**
   * Returns the name of a channel; all names have the same length, so that all messages have the
   * same size.
   */
  private static String name(int channel) {
    return "c%06d".formatted(channel);
  }

  private static ByteBuf frames(int channels) {
    var order = new ArrayList<Integer>(FRAMES);
    for (var i = 0; i < FRAMES; i++) {
      order.add(i % channels);
    }
    Collections.shuffle(order, new Random(1));
    var all = Unpooled.directBuffer(FRAMES * LoadBytes.chat(name(0)).length);
    order.forEach(channel -> all.writeBytes(LoadBytes.chat(name(channel))));
    return all;
  }

  @Override
  public void start() {
    onLoop(() -> {
      running = true;
      if (perTick > 0) {
        clock =
            publisher
                .context()
                .executor()
                .scheduleAtFixedRate(publisher::tick, 0, TICK_MILLIS, TimeUnit.MILLISECONDS);
      } else {
        publisher.fill();
      }
    });
  }

  @Override
  public void stop() {
    onLoop(() -> {
      running = false;
      if (clock != null) {
        clock.cancel(false);
      }
    });
  }

  /**
   * Publishes {@code count} messages as fast as the socket takes them, and waits for the last.
   *
   * @param count at most the window
   * @return nanoseconds from the first write to the last read
   */
  long burst(int count) throws Exception {
    var end = new CompletableFuture<Long>();
    onLoop(() -> {
      done = end;
      due = received + count;
      publisher.publish(count);
    });
    var begin = System.nanoTime();
    return end.get(PATIENCE_SECONDS, TimeUnit.SECONDS) - begin;
  }

  @Override
  public void close() {
    stop();
    publisher.leave();
    subscribers.forEach(Client::leave);
    onLoop(frames::release);
  }

  private void onLoop(Runnable task) {
    publisher.context().executor().execute(task);
  }

  private final class Publisher extends Client {
    private int next;

    Publisher(Meter meter) {
      super(meter, new Protocol.WebSocket());
    }

    void fill() {
      if (running) {
        publish((int) (window - (published - received)));
      }
    }

    void tick() {
      publish((int) Math.min(perTick, window - (published - received)));
    }

    void publish(int count) {
      var now = System.nanoTime();
      for (var i = 0; i < count; i++) {
        sentAt[(int) (published++ & (sentAt.length - 1))] = now;
      }
      meter().expected += count;
      for (var left = count; left > 0; ) {
        var run = Math.min(left, FRAMES - next);
        send(frames.retainedSlice(next * size, run * size));
        next = (next + run) % FRAMES;
        left -= run;
      }
    }

    @Override
    protected void onReceived(int messages) {
      fail("the publisher was sent a message");
    }
  }

  private final class Subscriber extends Client {
    /** The number of missing answers. */
    private int joining;

    Subscriber(Meter meter) {
      super(meter, new Protocol.WebSocket());
    }

    void join(List<String> channels) {
      for (var from = 0; from < channels.size(); from += JOINS) {
        send(LoadBytes.join(channels.subList(from, Math.min(from + JOINS, channels.size()))));
        meter().expected++;
        joining++;
      }
    }

    @Override
    protected void onReceived(int messages) {
      if (joining > 0) {
        joining -= messages;
        return;
      }
      var now = System.nanoTime();
      var latency = meter().latency;
      for (var i = 0; i < messages; i++) {
        latency.record(now - sentAt[(int) (received++ & (sentAt.length - 1))]);
      }
      if (received >= due) {
        due = Long.MAX_VALUE;
        done.complete(now);
      }
      if (perTick == 0) {
        publisher.fill();
      }
    }
  }
}
