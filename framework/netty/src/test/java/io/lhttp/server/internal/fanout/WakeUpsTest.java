package io.lhttp.server.internal.fanout;

import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.internal.measure.BlockWatch;
import io.lhttp.message.Message;
import io.lhttp.server.Limits;
import io.lhttp.server.internal.connection.EventLoopContext;
import io.lhttp.server.internal.limit.Budget;
import io.lhttp.server.internal.limit.Counters;
import io.netty.channel.EventLoop;
import io.netty.channel.IoHandle;
import io.netty.channel.IoHandler;
import io.netty.channel.IoHandlerContext;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.IoRegistration;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Deliveries from one event loop to another. */
class WakeUpsTest {
  private static final int FEW = 20;
  private static final int MANY = 1_000;

  private final List<Counted> handlers = new ArrayList<>();
  private final MultiThreadIoEventLoopGroup group =
      new MultiThreadIoEventLoopGroup(2, counting(NioIoHandler.newFactory()));
  private final Budget budget = new Budget(1 << 30);
  private final EventLoop publisher = group.next();
  private final EventLoop receiver = group.next();
  private final EventLoopContext from = context(publisher, 0);
  private final EventLoopContext to = context(receiver, 1);
  private final LoopSubscribers subscribers = to.endpoint.receiver("kitchen");

  @AfterEach
  void end() {
    group.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
  }

  @Test
  void deliveriesOfOneTurn_wakeTheOtherLoopOnce() throws Exception {
    assertThat(wakeUpsOf(FEW)).isEqualTo(1);
  }

  @Test
  void deliveriesOfALongTurn_wakeTheOtherLoopInBetween() throws Exception {
    assertThat(wakeUpsOf(MANY)).isBetween(2, MANY / 100);
  }

  @Test
  void deliveryOfAnotherThread_wakesTheLoopAtOnce() throws Exception {
    var taken = new CountDownLatch(1);
    subscribers.deliver(frame(taken));
    assertThat(taken.await(30, TimeUnit.SECONDS)).isTrue();
  }

  /** Publishes in one turn; returns how often the receiver was woken until it had all of them. */
  private int wakeUpsOf(int deliveries) throws Exception {
    settle();
    var wakeUps = handlers.get(to.index()).wakeUps;
    var before = wakeUps.get();
    var taken = new CountDownLatch(deliveries);
    from.execute(() -> {
      for (var i = 0; i < deliveries; i++) {
        subscribers.deliver(frame(taken));
      }
    });
    assertThat(taken.await(30, TimeUnit.SECONDS)).isTrue();
    publisher.submit(() -> {}).get(30, TimeUnit.SECONDS); // the publisher's turn has ended
    return wakeUps.get() - before;
  }

  /** Waits for the tasks with which both event loops begin. */
  private void settle() throws Exception {
    publisher.submit(() -> {}).get(30, TimeUnit.SECONDS);
    receiver.submit(() -> {}).get(30, TimeUnit.SECONDS);
  }

  private SharedFrame frame(CountDownLatch taken) {
    return new SharedFrame(Message.of("chat", "soup"), 1, 0, budget) {
      @Override
      void taken(int subscribers) {
        taken.countDown();
      }
    };
  }

  private EventLoopContext context(EventLoop loop, int index) {
    var slot = new BlockWatch(Duration.ofSeconds(1)).slot(Thread.currentThread());
    return new EventLoopContext(loop, index, slot, Limits.DEFAULT, new Counters(), budget);
  }

  private IoHandlerFactory counting(IoHandlerFactory handlers) {
    return executor -> {
      var handler = new Counted(handlers.newHandler(executor));
      this.handlers.add(handler);
      return handler;
    };
  }

  /** Counts the wake-ups of an event loop. */
  private record Counted(IoHandler handler, AtomicInteger wakeUps) implements IoHandler {
    Counted(IoHandler handler) {
      this(handler, new AtomicInteger());
    }

    @Override
    public void initialize() {
      handler.initialize();
    }

    @Override
    public int run(IoHandlerContext context) {
      return handler.run(context);
    }

    @Override
    public void prepareToDestroy() {
      handler.prepareToDestroy();
    }

    @Override
    public void destroy() {
      handler.destroy();
    }

    @Override
    public IoRegistration register(IoHandle handle) throws Exception {
      return handler.register(handle);
    }

    @Override
    public void wakeup() {
      wakeUps.incrementAndGet();
      handler.wakeup();
    }

    @Override
    public boolean isCompatible(Class<? extends IoHandle> type) {
      return handler.isCompatible(type);
    }
  }
}
