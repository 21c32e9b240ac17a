package io.lhttp.server;

import io.lhttp.pipeline.BlockWatch;
import io.lhttp.pubsub.Hub;
import io.netty.channel.EventLoop;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What belongs to one event loop: its channels' subscribers, the sockets to flush at the end of its
 * turn, its heartbeat. Confined to the loop but where it says otherwise.
 */
final class Loop implements Hub.Outlet<Broadcast> {
  final EventLoop executor;

  /** The stripe on which its exchanges pin generations, and its outlet's number at the hub. */
  final int index;

  final BlockWatch.Slot slot;
  final LoopChannels channels = new LoopChannels();
  final Heartbeat heartbeat;

  private final int deliveryBytes;
  private final AtomicLong waiting = new AtomicLong();
  private final List<Outbound> dirty = new ArrayList<>();
  private final Runnable flush = this::flush;

  Loop(EventLoop executor, int index, BlockWatch.Slot slot, Limits limits) {
    this.executor = executor;
    this.index = index;
    this.slot = slot;
    this.heartbeat = new Heartbeat(executor, limits.pingInterval(), limits.writeTime());
    this.deliveryBytes = limits.deliveryBytes();
  }

  /** Any thread. Deliveries run in the order of their calls, whichever thread published. */
  @Override
  public void deliver(String channel, Broadcast broadcast) {
    var weight = broadcast.weight();
    waiting.addAndGet(weight);
    executor.execute(() -> {
      waiting.addAndGet(-weight);
      channels.deliver(channel, broadcast);
      broadcast.release();
    });
  }

  /** Any thread. */
  @Override
  public boolean congested() {
    return waiting.get() > deliveryBytes;
  }

  /** Flushes a socket once, at the end of this turn, however often it is written to until then. */
  void flushLater(Outbound outbound) {
    if (dirty.isEmpty()) {
      executor.execute(flush);
    }
    dirty.add(outbound);
  }

  private void flush() {
    for (var i = 0; i < dirty.size(); i++) {
      dirty.get(i).flush();
    }
    dirty.clear();
  }
}
