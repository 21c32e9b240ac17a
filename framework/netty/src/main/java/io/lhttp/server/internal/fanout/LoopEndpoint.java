package io.lhttp.server.internal.fanout;

import io.lhttp.internal.channel.Hub;
import io.lhttp.server.Limits;
import io.lhttp.server.internal.limit.Budget;
import io.lhttp.server.internal.limit.Counters;
import io.lhttp.server.internal.limit.KeptMemory;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.AbstractEventExecutor;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * One event loop's endpoint at the hub. It takes deliveries from any thread, and passes them to the
 * subscribers in order, on the event loop. All threads may use it.
 */
public final class LoopEndpoint implements Hub.Endpoint<LoopSubscribers> {
  private final EventLoop executor;

  /** The event loop as one that takes tasks without waking up; null if it can't. */
  private final @Nullable AbstractEventExecutor lazy;

  private final int index;
  private final Counters counters;
  private final Budget budget;
  private final long deliveryBytes;
  private final AtomicLong waiting = new AtomicLong();

  /**
   * The number of deliveries that each channel's subscribers did not get, until the event loop has
   * counted them for each subscriber.
   */
  private final ConcurrentMap<LoopSubscribers, Long> lost = new ConcurrentHashMap<>();

  /** Whether the event loop has a task that counts the lost deliveries. */
  private final AtomicBoolean notifying = new AtomicBoolean();

  /**
   * @param index the endpoint's number at the hub
   */
  public LoopEndpoint(
      EventLoop executor, int index, Limits limits, Counters counters, Budget budget) {
    this.executor = executor;
    this.lazy = executor instanceof AbstractEventExecutor takes ? takes : null;
    this.index = index;
    this.counters = counters;
    this.budget = budget;
    this.deliveryBytes = limits.deliveryBytes();
  }

  int index() {
    return index;
  }

  @Override
  public LoopSubscribers receiver(String channel) {
    budget.kept().add(KeptMemory.ofChannel(channel));
    return new LoopSubscribers(this, channel);
  }

  void ended(LoopSubscribers channel) {
    budget.kept().add(-KeptMemory.ofChannel(channel.name));
  }

  /**
   * Passes a delivery to the event loop. Deliveries keep the order of the calls, over all threads.
   *
   * <p>A delivery that exceeds twice the limit of waiting bytes, or the server's memory, is
   * dropped. The next message to each subscriber counts the dropped ones.
   */
  void deliver(LoopSubscribers channel, SharedFrame frame) {
    var weight = frame.weight();
    if (waiting.addAndGet(weight) > 2 * deliveryBytes || budget.over()) {
      waiting.addAndGet(-weight);
      frame.release();
      missed(channel, 1);
    } else if (!offerDelivery(() -> take(channel, frame, weight))) {
      frame.release();
    }
  }

  /**
   * Offers a task as {@link #offer} does, and keeps its order with those. If another event loop
   * calls this method, it wakes this one at the end of its turn.
   */
  private boolean offerDelivery(Runnable task) {
    var wakeUps = WakeUps.current();
    if (wakeUps == null || lazy == null || executor.inEventLoop()) {
      return offer(task);
    }
    try {
      lazy.lazyExecute(task); // does not wake the event loop
    } catch (RejectedExecutionException e) {
      return false;
    }
    wakeUps.add(this);
    return true;
  }

  /** Wakes the event loop, unless it is awake. */
  void wake() {
    offer(LoopEndpoint::awake);
  }

  private static void awake() {}

  public boolean congested() {
    return waiting.get() > deliveryBytes || budget.spent();
  }

  /** The number of bytes of deliveries that the event loop has not taken yet. */
  public long waitingBytes() {
    return waiting.get();
  }

  /** Counts deliveries that the channel's subscribers on this event loop did not get. */
  void missed(LoopSubscribers channel, long count) {
    lost.merge(channel, count, Long::sum);
    if (!notifying.getAndSet(true)) {
      offer(this::notifyDropped);
    }
  }

  /**
   * Runs a task on the event loop; returns false if the event loop has ended because the server is
   * closed.
   */
  public boolean offer(Runnable task) {
    try {
      executor.execute(task);
      return true;
    } catch (RejectedExecutionException e) {
      return false;
    }
  }

  private void take(LoopSubscribers channel, SharedFrame frame, int weight) {
    waiting.addAndGet(-weight);
    try {
      channel.take(frame);
    } finally {
      frame.release();
    }
  }

  private void notifyDropped() {
    notifying.set(false);
    for (var channel : lost.keySet()) {
      var count = lost.remove(channel);
      if (count != null) {
        counters.dropped.add(channel.miss(count));
      }
    }
  }
}
