package io.lhttp.server.internal.connection;

import io.lhttp.message.Message;
import io.lhttp.server.internal.limit.Budget;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Hands messages that other threads send to the outbound queue of one connection, by tasks of its
 * event loop. The session owns it, and all threads may use it.
 *
 * <p>The thread that runs the connection's own exchange waits until its message fits. A message of
 * any other thread has to fit at once; otherwise the client counts as too slow and the connection
 * is closed. A reply of the exchange that a script sends on another thread may exceed the bound.
 */
final class OutboundHandoff {
  private static final VarHandle IN_TRANSIT;
  private static final VarHandle REPLIES;

  static {
    try {
      IN_TRANSIT =
          MethodHandles.lookup().findVarHandle(OutboundHandoff.class, "inTransit", long.class);
      REPLIES = MethodHandles.lookup().findVarHandle(OutboundHandoff.class, "replies", long.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  /**
   * The estimated memory in bytes of a message on its way to the event loop, beyond the message's
   * own bytes.
   */
  private static final long OVERHEAD = 256;

  /** The longest pause between two checks of a thread that waits for room. */
  private static final long CHECK_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

  private final Session session;
  private final OutboundQueue outbound;
  private final ServerContext server;
  private final EventLoopContext loop;

  /** The number of bytes of messages that the event loop has not taken yet. */
  @SuppressWarnings("UnusedVariable") // accessed by its handle
  private volatile long inTransit;

  /**
   * The number of bytes of replies that the exchange has sent from other threads than its own, and
   * that the event loop has not taken yet.
   */
  @SuppressWarnings("UnusedVariable") // accessed by its handle
  private volatile long replies;

  /** The virtual thread that runs this connection's exchange or {@code onOpen}. */
  private volatile @Nullable Thread runner;

  /** The {@link #runner} while it waits until its message fits; else null. */
  private volatile @Nullable Thread waiter;

  OutboundHandoff(
      Session session, OutboundQueue outbound, ServerContext server, EventLoopContext loop) {
    this.session = session;
    this.outbound = outbound;
    this.server = server;
    this.loop = loop;
  }

  /** The number of bytes of messages that the event loop has not taken yet. */
  long bytes() {
    return inTransit + replies;
  }

  /** Sets the virtual thread that runs this connection's exchange; null for none. */
  void runsOn(@Nullable Thread thread) {
    runner = thread;
  }

  /** Sends a message from another thread than the event loop. */
  void send(Message message) {
    var size = message.size() + OVERHEAD;
    var own = Thread.currentThread().equals(runner);
    var fits = own ? awaitRoom(size) : inTransit + size <= outbound.most();
    if (!fits) {
      session.tooSlow();
      return;
    }
    handOff(message, size, false);
  }

  /**
   * Sends a reply of an exchange of this connection, as {@link OutboundQueue#reply} does. A script
   * may send it on a thread of its own, which other connections use too and which must not wait.
   */
  void reply(Message message) {
    var thread = runner;
    if (thread == null || thread.equals(Thread.currentThread())) {
      send(message);
      return;
    }
    var size = message.size() + OVERHEAD;
    if (!outbound.allowsReply(bytes() + size)) {
      session.repliesTooLong();
      return;
    }
    handOff(message, size, true);
  }

  /** Passes a message to the event loop, and counts its bytes until the loop has taken it. */
  private void handOff(Message message, long size, boolean reply) {
    transit(reply, size);
    if (!loop.offer(
        () -> {
          if (reply) {
            outbound.reply(message);
          } else {
            outbound.send(message);
          }
          // after the send, so that a waiting thread counts the bytes at least once
          transit(reply, -size);
          wake();
        })) {
      transit(reply, -size);
    }
  }

  /** Wakes the thread that waits until its message fits. */
  void wake() {
    var waiting = waiter;
    if (waiting != null) {
      LockSupport.unpark(waiting);
    }
  }

  private void transit(boolean reply, long bytes) {
    if (reply) {
      REPLIES.getAndAdd(this, bytes);
    } else {
      IN_TRANSIT.getAndAdd(this, bytes);
    }
    server.budget().add(Budget.Part.SENDING, bytes);
  }

  /**
   * Waits until the message fits, with a quarter of the queue left for deliveries and the reply. A
   * message that is longer than that fits once no other bytes wait.
   *
   * @return false if the client has taken no bytes within the write deadline, or the thread was
   *     interrupted
   */
  private boolean awaitRoom(long size) {
    var least = Long.MAX_VALUE;
    var since = System.nanoTime();
    waiter = Thread.currentThread();
    try {
      while (session.open()) {
        var queued = session.queuedBytes();
        var most = outbound.most();
        if (queued + size <= most - most / 4 || (bytes() == 0 && outbound.clear())) {
          return true;
        }
        var now = System.nanoTime();
        if (queued < least) {
          least = queued;
          since = now;
        } else if (now - since > server.limits().writeTime().toNanos()
            || Thread.currentThread().isInterrupted()) {
          return false;
        }
        LockSupport.parkNanos(this, CHECK_NANOS);
      }
      return true; // the connection is closed and ignores the message
    } finally {
      waiter = null;
    }
  }
}
