package io.lhttp.bench;

import java.util.List;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Sends a fixed number of requests per second, independent of the answers, so that the latencies do
 * not depend on the server's speed of answering.
 */
public final class SteadyLoad implements Workload {
  /** The most requests that one connection may have under way. */
  private static final int REMEMBERED = 1 << 14;

  private final Supplier<? extends Protocol> protocol;
  private final byte[] request;
  private final long periodNanos;
  private final List<Steady> clients;

  SteadyLoad(Driver driver, Target target, int connections, int perSecond, byte[] request)
      throws Exception {
    this(driver, target, connections, perSecond, Protocol.WebSocket::new, request);
  }

  /** Creates a load in the protocol that the supplier creates. */
  public SteadyLoad(
      Driver driver,
      Target target,
      int connections,
      int perSecond,
      Supplier<? extends Protocol> protocol,
      byte[] request)
      throws Exception {
    this.protocol = protocol;
    this.request = request;
    this.periodNanos = TimeUnit.SECONDS.toNanos(connections) / perSecond;
    this.clients = driver.open(target, connections, Steady::new);
  }

  @Override
  public void start() {
    for (var i = 0; i < clients.size(); i++) {
      clients.get(i).start(i * periodNanos / clients.size());
    }
  }

  @Override
  public void stop() {
    clients.forEach(Steady::stop);
  }

  @Override
  public void close() {
    clients.forEach(Client::leave);
  }

  private final class Steady extends Client {
    private final long[] sentAt = new long[REMEMBERED];
    private int sent;
    private int answered;
    private volatile @Nullable ScheduledFuture<?> clock;

    Steady(Meter meter) {
      super(meter, protocol.get());
    }

    void start(long delayNanos) {
      var loop = context().executor();
      clock = loop.scheduleAtFixedRate(this::send, delayNanos, periodNanos, TimeUnit.NANOSECONDS);
    }

    void stop() {
      var running = clock;
      if (running != null) {
        running.cancel(false);
      }
    }

    private void send() {
      sentAt[sent++ % REMEMBERED] = System.nanoTime();
      meter().expected++;
      send(request);
    }

    @Override
    protected void onReceived(int answers) {
      var now = System.nanoTime();
      for (var i = 0; i < answers; i++) {
        meter().latency.record(now - sentAt[answered++ % REMEMBERED]);
      }
    }
  }
}
