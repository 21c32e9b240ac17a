package io.lhttp.server.internal.connection;

import io.lhttp.CloseStatus;
import io.lhttp.channel.SlowConsumer;
import io.lhttp.message.Message;
import io.lhttp.server.Limits;
import io.lhttp.server.internal.fanout.SendQueue;
import io.lhttp.server.internal.fanout.SharedFrame;
import io.lhttp.server.internal.fanout.Subscription;
import io.lhttp.server.internal.limit.Counters;
import io.lhttp.server.internal.websocket.Deflate;
import io.lhttp.server.internal.websocket.FrameDecoder;
import io.lhttp.server.internal.websocket.Frames;
import io.lhttp.server.internal.websocket.LingeringClose;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * What goes out on one connection: at once while the socket takes it, else into a queue that is
 * bounded in bytes and has a policy for its overflow. Confined to the connection's event loop, but
 * for {@link #closing} and {@link #bytes}.
 */
final class OutboundQueue {
  private static final long NOTHING = -1;

  private final Channel channel;
  private final EventLoopContext loop;
  private final Limits limits;
  private final Counters counters;
  private final boolean compress;
  private final SendQueue queue;

  private boolean dirty;
  private volatile boolean closing;

  /** Whether the client has broken the protocol: it is not listened to any more. */
  private boolean discarding;

  /** The close frame, while it waits for the queue. */
  private @Nullable ByteBuf close;

  /** Cuts the connection where the client does not answer the close. */
  private @Nullable Future<?> cut;

  // What the heartbeat saw of a full socket.
  private long untaken = NOTHING;
  private long untakenSince;

  /**
   * @param compress whether the client takes compressed messages
   */
  OutboundQueue(
      Channel channel,
      EventLoopContext loop,
      Limits limits,
      Counters counters,
      boolean compress) {
    this.channel = channel;
    this.loop = loop;
    this.limits = limits;
    this.counters = counters;
    this.compress = compress;
    this.queue = new SendQueue(loop.budget);
  }

  /** Whether nothing goes out any more but what was sent before. Any thread. */
  boolean closing() {
    return closing;
  }

  /** Bytes that the socket has not taken yet. Any thread. */
  long bytes() {
    var buffer = channel.unsafe().outboundBuffer();
    return queue.bytes() + (buffer == null ? 0 : buffer.totalPendingWriteBytes());
  }

  /**
   * Whether so many replies wait that the client should get some before it is heard again: who asks
   * faster than it reads is slowed down, not closed.
   */
  boolean backlogged() {
    var replies = queue.replyBytes();
    return replies > 0 && replies > most() / 4;
  }

  /** How much may wait for this client; less where the server is short of memory. Any thread. */
  long most() {
    return Math.min(limits.queueBytes(), loop.budget.share());
  }

  /** Whether nothing waits for this client. Any thread. */
  boolean clear() {
    return queue.bytes() == 0 && channel.isWritable();
  }

  /** Whether the socket takes no more for now. */
  boolean full() {
    return !channel.isWritable();
  }

  /**
   * For how long a full socket has taken nothing, in nanoseconds, as far as was seen when this was
   * asked before; 0 where it took something since. Nothing is written to a full socket, so whatever
   * changes in its buffer was taken.
   */
  long stuckFor(long now) {
    var buffer = channel.unsafe().outboundBuffer();
    if (buffer == null || channel.isWritable()) {
      untaken = NOTHING;
      return 0;
    }
    var left = buffer.totalPendingWriteBytes() - buffer.currentProgress();
    if (left != untaken) {
      untaken = left;
      untakenSince = now;
    }
    return now - untakenSince;
  }

  /** A reply: never dropped. Where it does not fit, the client is too slow. */
  void send(Message message) {
    if (closing) {
      return;
    }
    if (direct()) {
      write(message);
    } else if (makeRoom(message.size(), null) || followsALongOne(message)) {
      queue.add(message);
    } else {
      tooSlow();
    }
  }

  /** A short reply is no fault of who still takes one that alone is longer than the queue. */
  private boolean followsALongOne(Message message) {
    return queue.isEmpty() && message.size() <= most() / 4;
  }

  /** A publication: what does not fit is dealt with by the channel's policy. */
  void deliver(Subscription to, SharedFrame broadcast) {
    if (closing) {
      return;
    }
    if (direct()) {
      write(to, broadcast);
    } else {
      enqueue(to, broadcast);
    }
  }

  /** Asks for a sign of life, unless the socket is full. */
  void ping() {
    if (!closing && channel.isWritable()) {
      write(Frames.ping());
    }
  }

  /** Left out while the socket is full: a client that does not read can't make it grow. */
  void pong(ByteBuf payload) {
    if (!closing && channel.isWritable()) {
      write(Frames.pong(channel.alloc(), payload));
    }
  }

  /** Ends a connection whose client does not keep up; what waits is discarded. */
  void tooSlow() {
    if (!closing) {
      counters.slowConsumers.increment();
      queue.clear();
      close(CloseStatus.TOO_SLOW);
    }
  }

  /** What waits goes out first; a client that takes too long for it is cut off. */
  void close(CloseStatus code) {
    if (closing) {
      return;
    }
    closing = true;
    close = Frames.close(channel.alloc(), code);
    FrameDecoder.read(channel, true); // for the answer; what else comes is dropped
    cutLater();
    drain();
  }

  /** The same where the client has broken the protocol: no answer is waited for. */
  void fail(CloseStatus code) {
    discarding = true;
    close(code);
  }

  /** The client's close: it is answered, unless it is itself an answer, and the socket closed. */
  void closedByPeer(@Nullable CloseStatus code) {
    queue.clear();
    if (closing && close == null) {
      channel.close();
      return;
    }
    closing = true;
    dropClose();
    cutLater();
    var answer =
        code == null
            ? Frames.emptyClose(channel.alloc())
            : Frames.close(channel.alloc(), code.because(""));
    channel.writeAndFlush(answer).addListener(ChannelFutureListener.CLOSE);
  }

  void flush() {
    dirty = false;
    channel.flush();
  }

  /** Writes what waits, for as long as the socket takes it. */
  void drain() {
    while (channel.isWritable()) {
      var next = queue.poll();
      if (next == null) {
        break;
      }
      if (next.broadcast == null || next.to == null) {
        write(next.message);
      } else {
        write(next.to, next.broadcast);
      }
      next.release();
    }
    if (queue.isEmpty() && close != null) {
      var frame = close;
      close = null;
      if (discarding) {
        channel.writeAndFlush(frame).addListener(LingeringClose.AFTERWARDS);
      } else {
        write(frame);
      }
    }
  }

  /** The socket is closed: lets go of everything. */
  void release() {
    closing = true;
    queue.clear();
    dropClose();
    if (cut != null) {
      cut.cancel(false);
      cut = null;
    }
  }

  /** Whether more would go out at once. */
  boolean takes() {
    return !closing && direct();
  }

  private boolean direct() {
    return queue.isEmpty() && channel.isWritable();
  }

  private void enqueue(Subscription to, SharedFrame broadcast) {
    if (to.policy == SlowConsumer.LATEST) {
      counters.dropped.add(queue.dropAll(to));
    }
    if (makeRoom(broadcast.message().size(), to)) {
      queue.add(to, broadcast);
    } else if (to.policy == SlowConsumer.CLOSE) {
      tooSlow();
    } else {
      to.missed++;
      counters.dropped.increment();
    }
  }

  /**
   * Whether so many bytes fit now. Room is made from deliveries that may be dropped: for one of
   * these from its own subscription's, for all else from any.
   */
  private boolean makeRoom(int bytes, @Nullable Subscription by) {
    var over = bytes() + bytes + SendQueue.OVERHEAD - most();
    if (over <= 0) {
      return true;
    }
    var room = (int) Math.min(over, Integer.MAX_VALUE);
    var dropped =
        by == null || by.policy == SlowConsumer.CLOSE
            ? queue.dropAny(room)
            : queue.dropOldest(by, room);
    counters.dropped.add(dropped);
    return dropped > 0;
  }

  private void write(Message message) {
    var shorter = compressible(message) ? loop.deflate.frame(channel.alloc(), message) : null;
    write(shorter == null ? Frames.message(channel.alloc(), message) : shorter);
  }

  private void write(Subscription to, SharedFrame broadcast) {
    if (to.missed > 0) {
      var told = broadcast.message().toBuilder().without("missed");
      write(told.header("missed", Long.toString(to.missed)).build());
      to.missed = 0;
    } else if (compressible(broadcast.message())) {
      write(broadcast.compressedView(loop.deflate));
    } else {
      write(broadcast.view());
    }
  }

  private boolean compressible(Message message) {
    return compress && message.size() >= Deflate.FROM;
  }

  private void write(ByteBuf frame) {
    mark();
    channel.write(frame, channel.voidPromise());
  }

  private void mark() {
    if (!dirty) {
      dirty = true;
      loop.flushLater(this);
    }
  }

  private void cutLater() {
    if (cut == null) {
      cut =
          loop.executor.schedule(
              () -> channel.close(), limits.closeTime().toMillis(), TimeUnit.MILLISECONDS);
    }
  }

  private void dropClose() {
    if (close != null) {
      close.release();
      close = null;
    }
  }
}
