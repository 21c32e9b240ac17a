package io.lhttp.server.internal.connection;

import io.lhttp.ConnectionExecutor;
import io.lhttp.internal.channel.Hub;
import io.lhttp.internal.measure.BlockWatch;
import io.lhttp.server.Limits;
import io.lhttp.server.internal.fanout.LoopEndpoint;
import io.lhttp.server.internal.fanout.LoopSubscribers;
import io.lhttp.server.internal.fanout.SharedFrame;
import io.lhttp.server.internal.limit.Budget;
import io.lhttp.server.internal.limit.Counters;
import io.lhttp.server.internal.websocket.Deflate;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.AbstractEventExecutor;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * What belongs to one event loop: its end of the hub, the sockets to flush at the end of its turn,
 * its heartbeat. Confined to the loop but where it says otherwise.
 */
public final class EventLoopContext implements ConnectionExecutor {
  /** Pieces of what is not urgent that are done at a time. */
  private static final int PIECES = 4;

  public final EventLoop executor;

  /** The stripe on which its exchanges pin generations, and its endpoint's number at the hub. */
  public final int index;

  public final BlockWatch.Slot slot;
  public final Heartbeat heartbeat;

  /** The loop's end of the hub. */
  public final LoopEndpoint endpoint;

  final Deflate deflate = new Deflate();

  /** The budget of the whole server. */
  final Budget budget;

  private final List<OutboundQueue> dirty = new ArrayList<>();
  private final Runnable flush = this::flush;

  /** Whether the flush was put behind deliveries that came meanwhile; it is once. */
  private boolean postponed;

  /** Where something was published that is not flushed yet. */
  private @Nullable Hub<SharedFrame, LoopSubscribers> published;

  private final Runnable flushPublished = this::flushPublished;

  /** What is not urgent: at most one piece per subscription. */
  private final Queue<Runnable> pieces = new ArrayDeque<>();

  private final Runnable work = this::work;
  private boolean working;

  /** Whether a virtual thread is about to wake the loop for all that came to it meanwhile. */
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
  }

  /** Any thread. */
  @Override
  public int index() {
    return index;
  }

  /** Any thread. */
  @Override
  public boolean isCurrent() {
    return executor.inEventLoop();
  }

  /** Any thread. */
  @Override
  public void execute(Runnable task) {
    executor.execute(task);
  }

  /**
   * As {@link #offer}, for a virtual thread that has nothing else to do: others that can run go
   * first, and the loop wakes once for all that they bring. Under load many exchanges end so in one
   * turn; without, nobody is waited for. Such tasks and those of {@link #offer} run in the order in
   * which they came.
   */
  @SuppressWarnings("ThreadPriorityCheck") // nothing but the batch's size depends on the scheduler
  boolean offerWithOthers(Runnable task) {
    if (!(executor instanceof AbstractEventExecutor lazy)) {
      return offer(task);
    }
    try {
      lazy.lazyExecute(task); // does not wake it
    } catch (RejectedExecutionException e) {
      return false;
    }
    if (waking.getAndSet(true)) {
      return true; // who has set it wakes the loop after this
    }
    try {
      Thread.yield();
    } finally {
      waking.set(false);
      offer(this::awake);
    }
    return true;
  }

  /** As {@link #execute}, but false where the loop has ended: the server is closed. */
  public boolean offer(Runnable task) {
    try {
      executor.execute(task);
      return true;
    } catch (RejectedExecutionException e) {
      return false;
    }
  }

  /**
   * Does a piece of work when its turn comes. A few of them are done in a turn, and whatever else
   * waits for this loop is done in between, sockets to read included, however many wait.
   */
  void runLowPriority(Runnable piece) {
    pieces.add(piece);
    if (!working) {
      working = true;
      executor.execute(work);
    }
  }

  private void work() {
    try {
      for (var i = 0; i < PIECES; i++) {
        var piece = pieces.poll();
        if (piece == null) {
          break;
        }
        piece.run();
      }
    } finally {
      working = !pieces.isEmpty() && offerNextTurn(work);
    }
  }

  /**
   * Tasks that are executed belong to this turn still, however many follow from each other, and
   * sockets are not read until there is none left. A task that is due at once belongs to the next.
   */
  private boolean offerNextTurn(Runnable task) {
    try {
      executor.schedule(task, 0, TimeUnit.NANOSECONDS);
      return true;
    } catch (RejectedExecutionException e) {
      return false;
    }
  }

  /** Flushes a socket once, at the end of this turn, however often it is written to until then. */
  void flushLater(OutboundQueue outbound) {
    if (dirty.isEmpty()) {
      executor.execute(flush);
    }
    dirty.add(outbound);
  }

  /**
   * Has the broker send, once for all, what is published until {@link #flushPublished} is called,
   * or until the end of this turn.
   */
  void flushLater(Hub<SharedFrame, LoopSubscribers> hub) {
    if (published == null) {
      published = hub;
      executor.execute(flushPublished);
    }
  }

  /** Sends it before others have their turn. */
  void flushPublished() {
    var hub = published;
    if (hub != null) {
      published = null;
      hub.flush();
    }
  }

  private void awake() {}

  /** Deliveries that came while the first of this turn was written leave with it. */
  private void flush() {
    if (!postponed && endpoint.waitingBytes() > 0) {
      postponed = true;
      executor.execute(flush);
      return;
    }
    postponed = false;
    for (var i = 0; i < dirty.size(); i++) {
      dirty.get(i).flush();
    }
    dirty.clear();
  }
}
