package io.lhttp.bench.nats;

import io.lhttp.bench.Client;
import io.lhttp.bench.Driver;
import io.lhttp.bench.LoadBytes;
import io.lhttp.bench.Meter;
import io.lhttp.bench.Protocol;
import io.lhttp.bench.Target;
import java.util.List;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Publishes a message each 10 ms on a channel without a history, beside other loads. */
final class LiveChannel implements AutoCloseable {
  private static final String CHANNEL = "live";
  private static final int SUBSCRIBERS = 10;
  private static final int PERIOD_MILLIS = 10;

  /** The most messages under way: more than two minutes of them. */
  private static final int REMEMBERED = 1 << 14;

  /** A driver of its own, which reads nothing else. */
  private final Driver driver = new Driver(1);

  private final byte[] message = LoadBytes.chat(CHANNEL);
  private final long[] sentAt = new long[REMEMBERED];
  private final List<Subscriber> subscribers;
  private final Publisher publisher;
  private final ScheduledFuture<?> clock;

  LiveChannel(Target target) throws Exception {
    subscribers = driver.open(target, SUBSCRIBERS, Subscriber::new);
    publisher = driver.open(target, 1, Publisher::new).getFirst();
    subscribers.forEach(s -> s.context().executor().execute(s::join));
    if (driver.settle() > 0) {
      throw new TimeoutException("the live channel has not got its subscribers");
    }
    clock =
        publisher
            .context()
            .executor()
            .scheduleAtFixedRate(publisher::publish, 0, PERIOD_MILLIS, TimeUnit.MILLISECONDS);
  }

  /** The longest latency since the last call, in milliseconds. */
  double longestMillis() throws Exception {
    return driver.drain().latency.percentile(1) / 1e6;
  }

  @Override
  public void close() {
    clock.cancel(false);
    publisher.leave();
    subscribers.forEach(Client::leave);
    driver.close();
  }

  private final class Publisher extends Client {
    private int sent;

    Publisher(Meter meter) {
      super(meter, new Protocol.WebSocket());
    }

    void publish() {
      sentAt[sent++ % REMEMBERED] = System.nanoTime();
      meter().expected += SUBSCRIBERS;
      send(message);
    }

    @Override
    protected void onReceived(int messages) {
      fail("the publisher was sent a message");
    }
  }

  private final class Subscriber extends Client {
    private int received;
    private boolean joined;

    Subscriber(Meter meter) {
      super(meter, new Protocol.WebSocket());
    }

    void join() {
      meter().expected++;
      send(LoadBytes.join(List.of(CHANNEL)));
    }

    @Override
    protected void onReceived(int messages) {
      var now = System.nanoTime();
      for (var i = joined ? 0 : 1; i < messages; i++) {
        meter().latency.record(now - sentAt[received++ % REMEMBERED]);
      }
      joined = true;
    }
  }
}
