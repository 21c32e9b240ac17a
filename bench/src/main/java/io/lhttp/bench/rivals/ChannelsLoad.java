package io.lhttp.bench.rivals;

import io.lhttp.bench.Client;
import io.lhttp.bench.Dialect;
import io.lhttp.bench.Driver;
import io.lhttp.bench.Meter;
import io.lhttp.bench.Target;
import io.lhttp.bench.Workload;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * One publisher, whose publications go to many channels in a random order. Each channel has a few
 * subscribers, each connection subscribes to many channels. Needs a driver of one thread, to which
 * it is confined once it is open.
 */
final class ChannelsLoad implements Workload {
  /** The messages that a connection may have under way; a power of two. */
  private static final int REMEMBERED = 1 << 10;

  private static final int TICK_MILLIS = 1;

  /**
   * @param channels at most 10,000
   * @param subscribers of each channel
   * @param connections among which the subscriptions are divided evenly
   */
  record Shape(int channels, int subscribers, int connections) {
    /** Returns the channels of each connection. */
    List<List<Integer>> channelsOfEach() {
      List<List<Integer>> each = new ArrayList<>();
      for (var i = 0; i < connections; i++) {
        each.add(new ArrayList<>());
      }
      for (var i = 0; i < channels; i++) {
        var channel = i;
        subscribers(channel).forEach(connection -> each.get(connection).add(channel));
      }
      return each;
    }

    /** Returns a channel's subscribers; no two channels of a connection have the same ones. */
    IntStream subscribers(int channel) {
      return IntStream.range(0, subscribers).map(i -> (channel + i * (i + 97)) % connections);
    }

    /** All names have the same length, so that all publications have the same size. */
    private static String name(int channel) {
      return "c%04d".formatted(channel);
    }
  }

  private final Dialect dialect;
  private final int window;
  private final int perSecond;
  private final int subscribersEach;
  private final int size;
  private final ByteBuf publications;

  /** The subscribers of the n-th publication in the buffer. */
  private final List<List<Subscriber>> audiences;

  private final List<Subscriber> subscribers;
  private final Publisher publisher;

  private boolean running;
  private @Nullable ScheduledFuture<?> clock;
  private long published;
  private long received;

  /**
   * @param window the publications under way in the closed loop
   * @param perSecond the publications of the open loop, a multiple of 1,000; 0 for a closed loop
   */
  ChannelsLoad(
      Driver driver, Target target, Dialect dialect, Shape shape, int window, int perSecond)
      throws Exception {
    this.dialect = dialect;
    this.window = window;
    this.perSecond = perSecond;
    this.subscribersEach = shape.subscribers();
    var order = new ArrayList<>(IntStream.range(0, shape.channels()).boxed().toList());
    Collections.shuffle(order, new Random(1));
    this.size = dialect.publish(Shape.name(0)).length;
    this.publications = Unpooled.directBuffer(order.size() * size);
    order.forEach(c -> publications.writeBytes(dialect.publish(Shape.name(c))));
    this.subscribers = driver.open(target, shape.connections(), Subscriber::new);
    this.audiences =
        order.stream().map(c -> shape.subscribers(c).mapToObj(subscribers::get).toList()).toList();
    try {
      this.publisher = driver.open(target, 1, Publisher::new).getFirst();
      join(driver, shape);
    } catch (Exception e) {
      subscribers.forEach(Client::leave);
      throw e;
    }
  }

  private void join(Driver driver, Shape shape) throws Exception {
    var channels = shape.channelsOfEach();
    for (var i = 0; i < subscribers.size(); i++) {
      var subscriber = subscribers.get(i);
      var requests = dialect.join(channels.get(i).stream().map(Shape::name).toList());
      onLoop(() -> subscriber.join(requests));
    }
    var missing = driver.settle();
    if (missing > 0) {
      throw new TimeoutException("%d subscriptions were not answered".formatted(missing));
    }
  }

  @Override
  public void start() {
    onLoop(() -> {
      running = true;
      if (perSecond > 0) {
        var loop = publisher.context().executor();
        var perTick = perSecond * TICK_MILLIS / 1_000;
        clock =
            loop.scheduleAtFixedRate(
                () -> publisher.publish(perTick), 0, TICK_MILLIS, TimeUnit.MILLISECONDS);
      } else {
        publisher.publish(window);
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

  @Override
  public void close() {
    stop();
    publisher.leave();
    subscribers.forEach(Client::leave);
    onLoop(publications::release);
  }

  private void onLoop(Runnable task) {
    publisher.context().executor().execute(task);
  }

  private final class Publisher extends Client {
    private int next;

    Publisher(Meter meter) {
      super(meter, dialect.publisher());
    }

    void publish(int count) {
      var now = System.nanoTime();
      meter().expected += (long) count * subscribersEach;
      published += count;
      for (var left = count; left > 0; ) {
        var run = Math.min(left, audiences.size() - next);
        audiences.subList(next, next + run).forEach(a -> a.forEach(s -> s.expect(now)));
        send(publications.retainedSlice(next * size, run * size));
        next = (next + run) % audiences.size();
        left -= run;
      }
    }

    @Override
    protected void onReceived(int messages) {
      fail("the publisher was sent a message");
    }
  }

  private final class Subscriber extends Client {
    private final long[] sentAt = new long[REMEMBERED];
    private long sent;
    private long answered;

    /** The number of missing answers to subscriptions. */
    private int joining;

    Subscriber(Meter meter) {
      super(meter, dialect.subscriber());
    }

    void join(List<byte[]> requests) {
      joining = requests.size();
      meter().expected += joining;
      requests.forEach(this::send);
    }

    void expect(long now) {
      sentAt[(int) (sent++ & (REMEMBERED - 1))] = now;
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
        latency.record(now - sentAt[(int) (answered++ & (REMEMBERED - 1))]);
      }
      received += messages;
      var free = (int) (window - (published - received / subscribersEach));
      if (running && perSecond == 0 && free > 0) {
        publisher.publish(free);
      }
    }
  }
}
