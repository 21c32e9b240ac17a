package io.lhttp.server.internal.connection;

import io.lhttp.CloseStatus;
import io.lhttp.internal.log.Mishaps;
import io.lhttp.server.internal.fanout.IndexedBag;
import io.netty.channel.EventLoop;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.slf4j.LoggerFactory;

/**
 * A timing wheel that asks every connection of one event loop for a sign of life, once per turn of
 * the wheel, and ends those that gave none since the turn before, or whose socket has taken nothing
 * for too long. No timer per connection. Confined to the loop.
 */
public final class Heartbeat {
  private static final int SLOTS = 32;
  private static final Mishaps mishaps =
      new Mishaps(LoggerFactory.getLogger(Heartbeat.class), "the heartbeat");

  private final List<IndexedBag<Session>> slots = new ArrayList<>();
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
   * Turns until the event loop ends. After a pause of the whole process it goes on where it stood:
   * to catch up would be to ask twice at once, and to take everybody for dead.
   */
  public void start() {
    executor.scheduleWithFixedDelay(this::tick, tickNanos, tickNanos, TimeUnit.NANOSECONDS);
  }

  /** Slots are filled in turn, so that clients that come at once are not asked at once. */
  void add(Session session) {
    var slot = next;
    next = (next + 1) % SLOTS;
    session.slot(slot);
    slots.get(slot).add(session);
  }

  void remove(Session session) {
    slots.get(session.slot()).remove(session);
  }

  private void tick() {
    var slot = slots.get(now);
    now = (now + 1) % SLOTS;
    var time = System.nanoTime();
    for (var i = slot.size() - 1; i >= 0; i--) {
      try {
        visit(slot.get(i), time);
      } catch (Throwable thrown) { // thrown on, it would be this event loop's last tick
        mishaps.add(thrown);
      }
    }
  }

  private void visit(Session session, long time) {
    var outbound = session.outbound();
    var stuck = outbound.stuckFor(time);
    if (stuck > writeNanos) {
      outbound.tooSlow();
    } else if (outbound.full()) {
      if (stuck == 0) {
        session.signOfLife(); // it takes what is sent
      }
    } else if (session.heard()) {
      outbound.ping();
    } else {
      session.close(CloseStatus.SILENT);
    }
  }
}
