package io.lhttp.server.internal.connection;

import io.lhttp.ConnectionExecutor;
import io.lhttp.internal.channel.Hub;
import io.lhttp.internal.measure.BlockWatch;
import io.lhttp.server.Limits;
import io.lhttp.server.internal.fanout.LoopEndpoint;
import io.lhttp.server.internal.fanout.LoopSubscribers;
import io.lhttp.server.internal.fanout.SharedFrame;
import io.lhttp.server.internal.fanout.WakeUps;
import io.lhttp.server.internal.limit.Budget;
import io.lhttp.server.internal.limit.Counters;
import io.lhttp.server.internal.websocket.Deflate;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.AbstractEventExecutor;
import io.netty.util.concurrent.SingleThreadEventExecutor;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * The state of one event loop: its endpoint at the hub, the sockets to flush, its heartbeat. The
 * server owns one for each event loop.
 *
 * <p>Confined to the event loop, unless a method says otherwise.
 */
public final class EventLoopContext implements ConnectionExecutor {
  /** The most low priority tasks that run in one turn of the event loop. */
  private static final int LOW_PRIORITY_PER_TURN = 4;

  public final EventLoop executor;

  /**
   * The event loop's number. It is also the stripe on which exchanges pin generations, and the
   * endpoint's number at the hub.
   */
  public final int index;

  public final BlockWatch.Slot slot;
  public final Heartbeat heartbeat;

  /** The event loop's endpoint at the hub. */
  public final LoopEndpoint endpoint;

  final Deflate deflate = new Deflate();

  /** The budget of the whole server. */
  final Budget budget;

  private final Runnable flush = this::flush;

  /** The frames of this turn. */
  final TurnBuffer turn = new TurnBuffer(deflate, this::flushLater);

  /**
   * Whether the flush was postponed once until new deliveries have arrived; it is not postponed
   * again.
   */
  private boolean postponed;

  /** The hub to flush, because exchanges have published since the last flush; else null. */
  private @Nullable Hub<SharedFrame, LoopSubscribers> published;

  private final Runnable flushPublished = this::flushPublished;

  /** The other event loops that wait for the publications of this turn. */
  private final WakeUps wakeUps = new WakeUps(this::wakeLater);

  /** The low priority tasks that wait; at most one for each subscription. */
  private final Queue<Runnable> lowPriority = new ArrayDeque<>();

  private final Runnable runSome = this::runSome;
  private boolean lowPriorityScheduled;

  /** Whether a virtual thread is about to wake the event loop, for all tasks added until then. */
  private final AtomicBoolean waking = new AtomicBoolean();

  public EventLoopContext(
      EventLoop executor,
      int index,
      BlockWatch.Slot slot,
      Limits limits,
      Counters counters,
      Budget budget) {
    this.executor = executor;
    this.index = index;
    this.slot = slot;
    this.budget = budget;
    this.heartbeat = new Heartbeat(executor, limits.pingInterval(), limits.writeTime());
    this.endpoint = new LoopEndpoint(executor, index, limits, counters, budget);
    if (executor instanceof SingleThreadEventExecutor) { // it has a thread of its own
      executor.execute(wakeUps::begin);
    }
  }

  /** All threads may call this method. */
  @Override
  public int index() {
    return index;
  }

  /** All threads may call this method. */
  @Override
  public boolean isCurrent() {
    return executor.inEventLoop();
  }

  /** All threads may call this method. */
  @Override
  public void execute(Runnable task) {
    executor.execute(task);
  }

  /**
   * As {@link #offer}, for a virtual thread that is about to end. It first lets other virtual
   * threads run, so that one wake-up of the event loop serves the tasks of all of them.
   *
   * <p>Tasks of this method and of {@link #offer} run in the order of the calls.
   */
  @SuppressWarnings("ThreadPriorityCheck") // only the size of a batch depends on the scheduler
  boolean offerWithOthers(Runnable task) {
    if (!(executor instanceof AbstractEventExecutor lazy)) {
      return offer(task);
    }
    try {
      lazy.lazyExecute(task); // does not wake the event loop
    } catch (RejectedExecutionException e) {
      return false;
    }
    if (waking.getAndSet(true)) {
      return true; // the thread that set the flag wakes the event loop afterwards
    }
    try {
      Thread.yield();
    } finally {
      waking.set(false);
      offer(this::awake);
    }
    return true;
  }

  /**
   * As {@link #execute}, but returns false if the event loop has ended because the server is
   * closed.
   */
  public boolean offer(Runnable task) {
    return endpoint.offer(task);
  }

  /**
   * Runs a low priority task after those that wait. Only a few run in one turn of the event loop,
   * so that sockets and other tasks get their turn in between.
   */
  void runLowPriority(Runnable task) {
    lowPriority.add(task);
    if (!lowPriorityScheduled) {
      lowPriorityScheduled = true;
      executor.execute(runSome);
    }
  }

  private void runSome() {
    try {
      for (var i = 0; i < LOW_PRIORITY_PER_TURN; i++) {
        var task = lowPriority.poll();
        if (task == null) {
          break;
        }
        task.run();
      }
    } finally {
      lowPriorityScheduled = !lowPriority.isEmpty() && offerNextTurn(runSome);
    }
  }

  /**
   * Offers a task that runs in the next turn of the event loop. Netty runs executed tasks in the
   * current turn, before it reads sockets, but a scheduled task in the next one. Returns false if
   * the event loop has ended.
   */
  public boolean offerNextTurn(Runnable task) {
    try {
      executor.schedule(task, 0, TimeUnit.NANOSECONDS);
      return true;
    } catch (RejectedExecutionException e) {
      return false;
    }
  }

  /** Flushes all sockets at the end of this turn. */
  private void flushLater() {
    executor.execute(flush);
  }

  private boolean wakeLater() {
    return offer(flushPublished);
  }

  /** Flushes the broker once, at the next {@link #flushPublished} or at the end of this turn. */
  void flushLater(Hub<SharedFrame, LoopSubscribers> hub) {
    if (published == null) {
      published = hub;
      executor.execute(flushPublished);
    }
  }

  /**
   * Flushes the broker and wakes the event loops that have got publications now, before other
   * connections run.
   */
  void flushPublished() {
    wakeUps.wake();
    var hub = published;
    if (hub != null) {
      published = null;
      hub.flush();
    }
  }

  private void awake() {}

  /**
   * Flushes all sockets that were written to. If deliveries wait for the event loop, the flush is
   * postponed once, so that they leave in the same system calls.
   */
  private void flush() {
    if (!postponed && endpoint.waitingBytes() > 0) {
      postponed = true;
      executor.execute(flush);
      return;
    }
    postponed = false;
    turn.writeAll();
  }
}
