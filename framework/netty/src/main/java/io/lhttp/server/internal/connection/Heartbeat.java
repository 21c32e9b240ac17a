package io.lhttp.server.internal.connection;

import io.lhttp.CloseStatus;
import io.lhttp.internal.log.ErrorLog;
import io.lhttp.server.internal.fanout.IndexedBag;
import io.netty.channel.EventLoop;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.slf4j.LoggerFactory;

/**
 * A timing wheel that pings each connection of one event loop once per revolution. It closes
 * connections without a sign of life during a revolution, and those whose socket takes no bytes for
 * too long.
 *
 * <p>The wheel needs one timer for all connections. Confined to the event loop.
 */
public final class Heartbeat {
  private static final int SLOTS = 32;
  private static final ErrorLog errors =
      new ErrorLog(LoggerFactory.getLogger(Heartbeat.class), "the heartbeat");

  private final List<IndexedBag<HeartbeatEntry>> slots = new ArrayList<>();
  private final EventLoop executor;
  private final long tickNanos;
  private final long writeNanos;
  private int now;
  private int next;

  Heartbeat(EventLoop executor, Duration interval, Duration writeTime) {
    this.executor = executor;
    this.tickNanos = Math.max(interval.toNanos() / SLOTS, TimeUnit.MILLISECONDS.toNanos(1));
    this.writeNanos = writeTime.toNanos();
    for (var i = 0; i < SLOTS; i++) {
      slots.add(new IndexedBag<>());
    }
  }

  /**
   * Starts the wheel, which runs until the event loop ends. After a pause of the process the wheel
   * does not catch up, because that would close live connections.
   */
  public void start() {
    executor.scheduleWithFixedDelay(this::tick, tickNanos, tickNanos, TimeUnit.NANOSECONDS);
  }

  /**
   * Adds a connection. Slots fill in turn, so that simultaneous connections are pinged at different
   * times.
   */
  void add(HeartbeatEntry entry) {
    entry.slot = next;
    next = (next + 1) % SLOTS;
    slots.get(entry.slot).add(entry);
  }

  void remove(HeartbeatEntry entry) {
    slots.get(entry.slot).remove(entry);
  }

  private void tick() {
    var slot = slots.get(now);
    now = (now + 1) % SLOTS;
    var time = System.nanoTime();
    for (var i = slot.size() - 1; i >= 0; i--) {
      try {
        visit(slot.get(i), time);
      } catch (Throwable thrown) { // an exception would end the heartbeat of this event loop
        errors.add(thrown);
      }
    }
  }

  private void visit(HeartbeatEntry entry, long time) {
    var outbound = entry.session.outbound;
    var stuck = outbound.stuckFor(time);
    if (stuck > writeNanos) {
      outbound.tooSlow();
    } else if (outbound.full()) {
      if (stuck == 0) {
        entry.signOfLife(); // the socket takes bytes
      }
    } else if (entry.takeSignOfLife()) {
      outbound.ping();
    } else {
      entry.session.close(CloseStatus.SILENT);
    }
  }
}
