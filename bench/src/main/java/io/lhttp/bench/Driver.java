package io.lhttp.bench;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioSocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;

/** The driver's event loops, their meters, and the connections that they hold. */
@SuppressWarnings("FutureReturnValueIgnored") // a failed write ends in channelInactive
public final class Driver implements AutoCloseable {
  /** More connection attempts at a time would only measure the accept queue. */
  private static final int CONNECTING = 64;

  private static final Duration PATIENCE = Duration.ofSeconds(60);

  /** A message counts as lost if none has come for this time. */
  private static final Duration SILENCE = Duration.ofSeconds(10);

  private static final int READ_BYTES = 64 * 1024;

  private final MultiThreadIoEventLoopGroup group;
  private final Map<EventLoop, Meter> meters = new LinkedHashMap<>();
  private final Bootstrap bootstrap;

  /**
   * @param threads enough threads that the driver is not the bottleneck
   */
  public Driver(int threads) {
    var epoll = Epoll.isAvailable();
    group =
        new MultiThreadIoEventLoopGroup(
            threads, epoll ? EpollIoHandler.newFactory() : NioIoHandler.newFactory());
    group.forEach(loop -> meters.put((EventLoop) loop, new Meter()));
    bootstrap =
        new Bootstrap()
            .channel(epoll ? EpollSocketChannel.class : NioSocketChannel.class)
            .option(ChannelOption.RECVBUF_ALLOCATOR, new FixedRecvByteBufAllocator(READ_BYTES));
  }

  /** Opens connections, spread evenly over the event loops, and waits for them. */
  public <C extends Client> List<C> open(Target target, int count, Function<Meter, C> make)
      throws Exception {
    var clients = new ArrayList<C>(count);
    try {
      open(target, count, make, clients);
      return clients;
    } catch (Exception e) {
      clients.forEach(Client::leave);
      throw e;
    }
  }

  private <C extends Client> void open(
      Target target, int count, Function<Meter, C> make, List<C> clients) throws Exception {
    var permits = new Semaphore(CONNECTING);
    for (var i = 0; i < count; i++) {
      if (!permits.tryAcquire(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
        throw new TimeoutException("%s: connection %d of %d".formatted(target, i, count));
      }
      var loop = group.next();
      var client = make.apply(meter(loop));
      clients.add(client);
      client.opened().whenComplete((c, e) -> permits.release());
      connect(target, loop, client);
    }
    CompletableFuture.allOf(
            clients.stream().map(Client::opened).toArray(CompletableFuture<?>[]::new))
        .get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
  }

  private void connect(Target target, EventLoop loop, Client client) {
    bootstrap
        .clone(loop)
        .handler(client)
        .connect(target.address())
        .addListener(connected -> {
          if (!connected.isSuccess()) {
            client.opened().completeExceptionally(connected.cause());
          }
        });
  }

  private Meter meter(EventLoop loop) {
    var meter = meters.get(loop);
    if (meter == null) {
      throw new IllegalStateException("a loop of another group: " + loop);
    }
    return meter;
  }

  /** Returns the sums of all event loops, and the latencies since the last call. */
  public Meter drain() throws Exception {
    var sum = new Meter();
    for (var entry : meters.entrySet()) {
      sum.add(entry.getKey().submit(entry.getValue()::drain).get());
    }
    return sum;
  }

  /**
   * Waits until all messages have come, or none has come for a while.
   *
   * @return the number of lost messages
   */
  public long settle() throws Exception {
    var last = drain();
    var since = System.nanoTime();
    while (last.missing() > 0 && System.nanoTime() - since < SILENCE.toNanos()) {
      TimeUnit.MILLISECONDS.sleep(20);
      var now = drain();
      if (now.received != last.received) {
        since = System.nanoTime();
      }
      last = now;
    }
    for (var entry : meters.entrySet()) {
      entry.getKey().submit(entry.getValue()::giveUp).get();
    }
    return last.missing();
  }

  @Override
  public void close() {
    group.shutdownGracefully(0, 5, TimeUnit.SECONDS).syncUninterruptibly();
  }
}
