package io.lhttp.server.internal.fanout;

import io.lhttp.internal.channel.Hub;
import io.lhttp.server.Limits;
import io.lhttp.server.internal.limit.Budget;
import io.lhttp.server.internal.limit.Counters;
import io.netty.channel.EventLoop;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/**
 * An event loop's end of the hub: takes publications from any thread and hands them, in order and
 * on the loop, to the loop's subscribers. Safe for all threads.
 */
public final class LoopEndpoint implements Hub.Endpoint<LoopSubscribers> {
  private final EventLoop executor;
  private final int index;
  private final Counters counters;
  private final Budget budget;
  private final long deliveryBytes;
  private final AtomicLong waiting = new AtomicLong();

  /**
   * Deliveries that got lost or that the loop was too busy to take, by channel, until their
   * subscribers know. Only channels with subscribers are in it.
   */
  private final ConcurrentMap<LoopSubscribers, Long> lost = new ConcurrentHashMap<>();

  private final AtomicBoolean telling = new AtomicBoolean();

  /**
   * @param index the endpoint's number at the hub
   */
  public LoopEndpoint(
      EventLoop executor, int index, Limits limits, Counters counters, Budget budget) {
    this.executor = executor;
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
    return new LoopSubscribers(this, channel);
  }

  /**
   * Deliveries run in the order of their calls, whichever thread published. A broker may bring more
   * than the loop can take: a delivery over twice the bound, or over the server's memory, is
   * dropped, and its subscribers are notified with the next message.
   */
  void deliver(LoopSubscribers channel, SharedFrame broadcast) {
    var weight = broadcast.weight();
    if (waiting.addAndGet(weight) > 2 * deliveryBytes || budget.over()) {
      waiting.addAndGet(-weight);
      broadcast.release();
      missed(channel, 1);
    } else if (!offer(() -> take(channel, broadcast, weight))) {
      broadcast.release();
    }
  }

  public boolean congested() {
    return waiting.get() > deliveryBytes || budget.spent();
  }

  /** Bytes of deliveries that the loop has not taken yet. */
  public long waitingBytes() {
    return waiting.get();
  }

  /** Counts deliveries that the channel's subscribers on this loop did not get. */
  void missed(LoopSubscribers channel, long count) {
    lost.merge(channel, count, Long::sum);
    if (!telling.getAndSet(true)) {
      offer(this::notifyDropped);
    }
  }

  /** Runs a task on the loop; false where the loop has ended: the server is closed. */
  boolean offer(Runnable task) {
    try {
      executor.execute(task);
      return true;
    } catch (RejectedExecutionException e) {
      return false;
    }
  }

  private void take(LoopSubscribers channel, SharedFrame broadcast, int weight) {
    waiting.addAndGet(-weight);
    try {
      channel.take(broadcast);
    } finally {
      broadcast.release();
    }
  }

  private void notifyDropped() {
    telling.set(false);
    for (var channel : lost.keySet()) {
      var count = lost.remove(channel);
      if (count != null) {
        counters.dropped.add(channel.miss(count));
      }
    }
  }
}
