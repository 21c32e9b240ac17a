package io.lhttp.internal.measure;

import io.lhttp.internal.log.ErrorLog;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds links that block an event loop for too long, from a thread of its own. It logs each such
 * link once, by name and with the event loop's stack, and counts each such call. It does not blame
 * a link whose thread only waits for a CPU: a blamed link waits for something itself, or uses CPU
 * time.
 *
 * <p>The watch costs a message two ordinary writes for each link.
 */
public final class BlockWatch implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(BlockWatch.class);

  /** A link is logged after this many limits even if its thread got no CPU. */
  private static final int STARVED = 20;

  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

  private final Duration limit;
  private final ToLongFunction<Thread> cpuNanos;
  private final List<Slot> slots = new CopyOnWriteArrayList<>();
  private final Set<String> named = ConcurrentHashMap.newKeySet();
  private final LongAdder stalls = new LongAdder();
  private final WatchThread thread;

  /**
   * @param limit the longest time that a link may block an event loop
   */
  public BlockWatch(Duration limit) {
    this(limit, thread -> THREADS.getThreadCpuTime(thread.threadId()));
  }

  /**
   * @param cpuNanos the CPU time that a thread has used; below 0 if it is not known
   */
  BlockWatch(Duration limit, ToLongFunction<Thread> cpuNanos) {
    this.limit = limit;
    this.cpuNanos = cpuNanos;
    this.thread =
        new WatchThread(
            "lhttp-block-watch",
            limit.dividedBy(2),
            new ErrorLog(log, "the watch over event loops"),
            this::look);
  }

  /** Returns a slot in which one event loop records its current link. */
  public Slot slot(Thread eventLoop) {
    synchronized (slots) {
      var slot = new Slot(eventLoop, slots.size(), cpuNanos);
      slots.add(slot);
      return slot;
    }
  }

  /** Starts the watch's thread. It looks at all slots twice per limit until the watch is closed. */
  public void start() {
    thread.start();
  }

  @Override
  public void close() {
    thread.close();
  }

  /** The number of calls of links that blocked an event loop for too long. */
  public long stalls() {
    return stalls.sum();
  }

  /** Looks at all slots once; returns the names of the links that it logged. */
  List<String> look(long now) {
    var late = new ArrayList<String>();
    for (var slot : slots) {
      var name = slot.overdue(now, limit.toNanos());
      if (name == null) {
        continue;
      }
      stalls.increment();
      if (named.add(name)) {
        log.warn("a link blocks an event loop name={} limit={}", name, limit, slot.where());
        late.add(name);
      }
    }
    return late;
  }

  /** The current link of one event loop: the event loop writes it, and the watch reads it. */
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

    /** The slot's number, which counts from 0. */
    final int index;

    private final Thread eventLoop;
    private final ToLongFunction<Thread> cpuNanos;
    private final Sampler sampler;

    @SuppressWarnings("UnusedVariable") // accessed by its handle
    private @Nullable String running;

    @SuppressWarnings("UnusedVariable") // accessed by its handle
    private long turn;

    // The turn and time of the watch's last look. Only the watch uses them.
    private long seenTurn = -1;
    private long seenAt;
    private long seenCpu;
    private boolean reported;

    Slot(Thread eventLoop, int index, ToLongFunction<Thread> cpuNanos) {
      this.eventLoop = eventLoop;
      this.index = index;
      this.cpuNanos = cpuNanos;
      this.sampler = new Sampler(index + 1);
    }

    /**
     * The number of messages that the next message's measured time stands for; 0 if its time is not
     * measured.
     */
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

    /**
     * Returns the link that has run for at least {@code limit}, if an earlier look saw the same
     * call and no look has returned it; else null.
     */
    private @Nullable String overdue(long now, long limit) {
      var name = (String) RUNNING.getOpaque(this);
      var current = (long) TURN.getOpaque(this);
      if (name == null || current != seenTurn) {
        seenTurn = current;
        seenAt = now;
        seenCpu = name == null ? 0 : cpuNanos.applyAsLong(eventLoop);
        reported = false;
        return null;
      }
      var late = now - seenAt;
      if (reported || late < limit || (late < STARVED * limit && starved(limit))) {
        return null;
      }
      reported = true;
      return name;
    }

    /** Whether the event loop was ready to run, but got no CPU for most of the limit. */
    private boolean starved(long limit) {
      var cpu = cpuNanos.applyAsLong(eventLoop);
      return cpu >= 0
          && cpu - seenCpu < limit / 2
          && eventLoop.getState() == Thread.State.RUNNABLE
          && !inNativeCode();
    }

    /**
     * Whether the event loop runs native code. The JVM calls such a thread runnable even if it
     * waits, for example for a socket.
     */
    private boolean inNativeCode() {
      var stack = eventLoop.getStackTrace();
      return stack.length > 0 && stack[0].isNativeMethod();
    }

    /** The stack of the event loop, as the log shows it. */
    private Throwable where() {
      var where = new Throwable("the event loop is here");
      where.setStackTrace(eventLoop.getStackTrace());
      return where;
    }
  }
}
