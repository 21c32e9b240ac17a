package io.lhttp.internal.measure;

import io.lhttp.internal.log.Mishaps;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks, from a thread of its own, whether a link keeps an event loop for too long, and logs each
 * such link once, by name and with the loop's stack. On the way of a message it costs two ordinary
 * writes per link.
 */
public final class BlockWatch implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(BlockWatch.class);

  private final Mishaps mishaps = new Mishaps(log, "the watch over event loops");
  private final Duration limit;
  private final List<Slot> slots = new CopyOnWriteArrayList<>();
  private final Set<String> named = ConcurrentHashMap.newKeySet();
  private volatile @Nullable Thread thread;

  /** A link may keep an event loop for as long as this. */
  public BlockWatch(Duration limit) {
    this.limit = limit;
  }

  /** A place where one event loop says what it runs. */
  public Slot slot(Thread eventLoop) {
    synchronized (slots) {
      var slot = new Slot(eventLoop, slots.size());
      slots.add(slot);
      return slot;
    }
  }

  /** Looks at all slots twice per limit until it is closed. */
  public void start() {
    thread = Thread.ofPlatform().daemon().name("lhttp-block-watch").start(this::watch);
  }

  @Override
  public void close() {
    var running = thread;
    if (running != null) {
      running.interrupt();
    }
  }

  private void watch() {
    while (!Thread.currentThread().isInterrupted()) {
      try {
        Thread.sleep(limit.dividedBy(2));
      } catch (InterruptedException e) {
        return;
      }
      mishaps.run(() -> look(System.nanoTime()));
    }
  }

  /** One look; returns the names that were logged by it. */
  List<String> look(long now) {
    var late = new ArrayList<String>();
    for (var slot : slots) {
      var name = slot.overdue(now, limit.toNanos());
      if (name != null && named.add(name)) {
        log.warn("a link blocks an event loop name={} limit={}", name, limit, slot.where());
        late.add(name);
      }
    }
    return late;
  }

  /** Written by one event loop, read by the watch. */
  public static final class Slot {
    private static final VarHandle RUNNING;
    private static final VarHandle TURN;

    static {
      try {
        var lookup = MethodHandles.lookup();
        RUNNING = lookup.findVarHandle(Slot.class, "running", String.class);
        TURN = lookup.findVarHandle(Slot.class, "turn", long.class);
      } catch (ReflectiveOperationException e) {
        throw new ExceptionInInitializerError(e);
      }
    }

    /** How many slots there were before. */
    final int index;

    private final Thread eventLoop;
    private final Sampler sampler;

    @SuppressWarnings("UnusedVariable") // by its handle
    private @Nullable String running;

    @SuppressWarnings("UnusedVariable") // by its handle
    private long turn;

    // The watch's own.
    private long seenTurn = -1;
    private long seenAt;

    Slot(Thread eventLoop, int index) {
      this.eventLoop = eventLoop;
      this.index = index;
      this.sampler = new Sampler(index + 1);
    }

    /** For how many messages the time of this event loop's next one stands; 0: it is not taken. */
    public int sample() {
      return sampler.pick();
    }

    @Nullable
    public String enter(String name) {
      var outer = running;
      RUNNING.setOpaque(this, name);
      TURN.setOpaque(this, turn + 1);
      return outer;
    }

    public void leave(@Nullable String outer) {
      RUNNING.setOpaque(this, outer);
      TURN.setOpaque(this, turn + 1);
    }

    /** Who was at it at an earlier look, at least {@code limit} ago, and still is. */
    private @Nullable String overdue(long now, long limit) {
      var name = (String) RUNNING.getOpaque(this);
      var current = (long) TURN.getOpaque(this);
      if (name == null || current != seenTurn) {
        seenTurn = current;
        seenAt = now;
        return null;
      }
      return now - seenAt >= limit ? name : null;
    }

    /** What the event loop is at, as the log shows it. */
    private Throwable where() {
      var where = new Throwable("the event loop is here");
      where.setStackTrace(eventLoop.getStackTrace());
      return where;
    }
  }
}
