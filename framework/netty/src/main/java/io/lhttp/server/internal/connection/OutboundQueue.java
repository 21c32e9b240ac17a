package io.lhttp.server.internal.connection;

import io.lhttp.CloseStatus;
import io.lhttp.channel.SlowConsumer;
import io.lhttp.message.Message;
import io.lhttp.server.Limits;
import io.lhttp.server.internal.fanout.Replay;
import io.lhttp.server.internal.fanout.SendQueue;
import io.lhttp.server.internal.fanout.SharedFrame;
import io.lhttp.server.internal.fanout.Subscriber;
import io.lhttp.server.internal.fanout.Subscription;
import io.lhttp.server.internal.limit.Counters;
import io.lhttp.server.internal.websocket.Deflate;
import io.lhttp.server.internal.websocket.FrameDecoder;
import io.lhttp.server.internal.websocket.Frames;
import io.lhttp.server.internal.websocket.LingeringClose;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Sends the messages of one connection: at once while the socket takes them, else from a bounded
 * queue with a policy for overflow. The session owns it.
 *
 * <p>Confined to the connection's event loop, but for {@link #closing} and {@link #bytes}.
 */
final class OutboundQueue implements Subscriber {
  private static final long NOTHING = -1;

  private final Channel channel;
  private final EventLoopContext loop;
  private final Limits limits;
  private final Counters counters;
  private final boolean compress;
  private final SendQueue queue;
  private final SocketWriter writer;

  private volatile boolean closing;

  /**
   * Whether the server discards the client's bytes, because the client has violated the protocol.
   */
  private boolean discarding;

  /** Replays that wait until the socket takes bytes again. */
  private List<Replay> waitingReplays = List.of();

  /** The close frame while it waits behind the queued messages. */
  private @Nullable ByteBuf close;

  /** The timer that closes the socket if the client does not answer the close frame. */
  private @Nullable Future<?> abortTimer;

  // Seen by the heartbeat's last visit: the bytes that a full socket had left, and since when.
  private long untaken = NOTHING;
  private long untakenSince;

  /**
   * @param compress whether the client accepts compressed messages
   */
  OutboundQueue(
      Channel channel, EventLoopContext loop, Limits limits, Counters counters, boolean compress) {
    this.channel = channel;
    this.loop = loop;
    this.limits = limits;
    this.counters = counters;
    this.compress = compress;
    this.queue = new SendQueue(loop.budget);
    this.writer = new SocketWriter(channel, loop.turn, loop.deflate);
  }

  /**
   * Whether the close has begun. Messages sent before it still leave, later ones do not. All
   * threads may call this method.
   */
  @Override
  public boolean closing() {
    return closing;
  }

  /** The number of bytes that the socket has not taken yet. All threads may call this method. */
  long bytes() {
    return queue.bytes() + writer.bytes();
  }

  /**
   * Whether so many replies wait that the client's next messages have to wait, too. The server
   * slows down a client that asks faster than it reads, and does not close it.
   */
  boolean backlogged() {
    var replies = queue.replyBytes();
    return replies > 0 && replies > most() / 4;
  }

  /**
   * The most bytes that may wait for this client; fewer if the server is short of memory. All
   * threads may call this method.
   */
  long most() {
    return Math.min(limits.queueBytes(), loop.budget.share());
  }

  /** Whether no bytes wait for this client. All threads may call this method. */
  boolean clear() {
    return queue.bytes() == 0 && channel.isWritable();
  }

  /** Whether the socket takes no more bytes now. */
  boolean full() {
    return !channel.isWritable();
  }

  /**
   * The nanoseconds for which a full socket has taken no bytes, as far as the calls of this method
   * have seen; 0 if the socket has taken some since the last call.
   *
   * <p>The server writes no bytes to a full socket, so each change of its buffer means that the
   * socket took bytes.
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

  /**
   * Sends a message of anyone but the connection's own exchange. It is never dropped; if it does
   * not fit, the connection is closed as too slow.
   */
  @Override
  public void send(Message message) {
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

  /**
   * Sends a reply of the connection's running exchange. The client can't read while the exchange
   * holds the event loop, so a reply may exceed the queue's bound. The write deadline finds a
   * client that does not read afterwards.
   */
  void reply(Message message) {
    if (closing) {
      return;
    }
    if (direct()) {
      write(message);
    } else if (allowsReply(message.size() + SendQueue.OVERHEAD) || followsALongOne(message)) {
      queue.addOwn(message);
    } else {
      shortOfMemory();
    }
  }

  /**
   * Whether the running exchange may send this number of bytes more. All threads may call this
   * method.
   */
  boolean allowsReply(long bytes) {
    return queue.bytes() + bytes <= Math.max(most(), loop.budget.replies());
  }

  /**
   * Whether the message may exceed the bound: it is short, and follows a single message that is
   * longer than the whole queue.
   */
  private boolean followsALongOne(Message message) {
    return queue.isEmpty() && message.size() <= most() / 4;
  }

  /** Sends a delivery. If the delivery does not fit, the policy of its channel decides. */
  @Override
  public void deliver(Subscription to, SharedFrame frame) {
    if (closing) {
      return;
    }
    if (direct()) {
      write(to, frame);
    } else {
      enqueue(to, frame);
    }
  }

  /** Sends a ping, unless the socket is full. */
  void ping() {
    if (!closing && writer.writable()) {
      writer.write(Frames.ping());
    }
  }

  /**
   * Sends a pong, unless the socket is full: a client that does not read must not make the buffer
   * grow.
   */
  void pong(ByteBuf payload) {
    if (!closing && writer.writable()) {
      writer.write(Frames.pong(channel.alloc(), payload));
    }
  }

  /** Closes the connection because its client is too slow, and drops its waiting messages. */
  void tooSlow() {
    if (!closing) {
      counters.slowConsumers.increment();
      queue.clear();
      close(CloseStatus.TOO_SLOW);
    }
  }

  /**
   * Closes the connection because its replies need too much of the server's memory, and drops its
   * waiting messages.
   */
  void shortOfMemory() {
    if (!closing) {
      counters.memoryCloses.increment();
      queue.clear();
      close(CloseStatus.BUSY);
    }
  }

  /**
   * Sends the waiting messages and then a close frame. If the client does not answer in time, the
   * socket is closed.
   */
  void close(CloseStatus code) {
    if (closing) {
      return;
    }
    closing = true;
    close = Frames.close(channel.alloc(), code);
    // The server reads on for the client's close frame, and drops messages.
    FrameDecoder.read(channel, true);
    abortLater();
    drain();
  }

  /**
   * Closes the connection after a violation of the protocol, without waiting for the client's
   * answer.
   */
  void fail(CloseStatus code) {
    discarding = true;
    close(code);
  }

  /**
   * Closes the socket after the client's close frame. The server answers that frame first, unless
   * it is the answer to the server's own.
   */
  void closedByPeer(@Nullable CloseStatus code) {
    queue.clear();
    if (closing && close == null) {
      channel.close();
      return;
    }
    closing = true;
    dropClose();
    abortLater();
    var answer =
        code == null
            ? Frames.emptyClose(channel.alloc())
            : Frames.close(channel.alloc(), code.because(""));
    writer.writeLast(answer).addListener(ChannelFutureListener.CLOSE);
  }

  /** Writes waiting messages for as long as the socket takes them. */
  void drain() {
    while (writer.writable()) {
      var next = queue.poll();
      if (next == null) {
        break;
      }
      if (next.frame == null || next.to == null) {
        write(next.message);
      } else {
        write(next.to, next.frame);
      }
      next.release();
    }
    if (queue.isEmpty() && close != null) {
      var frame = close;
      close = null;
      if (discarding) {
        writer.writeLast(frame).addListener(LingeringClose.AFTERWARDS);
      } else {
        writer.write(frame);
      }
    }
  }

  /** Releases all frames, after the socket was closed. */
  void release() {
    closing = true;
    queue.clear();
    writer.drop();
    dropClose();
    if (abortTimer != null) {
      abortTimer.cancel(false);
      abortTimer = null;
    }
  }

  /** Whether a message would be written at once. */
  @Override
  public boolean takes() {
    return !closing && direct();
  }

  /** Runs a task later on the event loop. All threads may call this method. */
  @Override
  public void later(Runnable task) {
    loop.offer(task);
  }

  @Override
  public void runLowPriority(Runnable task) {
    loop.runLowPriority(task);
  }

  @Override
  public void whenWritable(Replay replay) {
    if (waitingReplays.isEmpty()) {
      waitingReplays = new ArrayList<>(1);
    }
    if (!waitingReplays.contains(replay)) {
      waitingReplays.add(replay);
    }
  }

  /** Continues with waiting messages and replays, now that the client has taken some bytes. */
  void onWritable() {
    drain();
    var waiting = waitingReplays;
    waitingReplays = List.of();
    waiting.forEach(loop::runLowPriority);
  }

  private boolean direct() {
    return queue.isEmpty() && writer.writable();
  }

  private void enqueue(Subscription to, SharedFrame frame) {
    if (to.policy == SlowConsumer.LATEST) {
      counters.dropped.add(queue.dropAll(to));
    }
    if (makeRoom(frame.message().size(), to)) {
      queue.add(to, frame);
    } else if (to.policy == SlowConsumer.CLOSE) {
      tooSlow();
    } else {
      to.missed++;
      counters.dropped.increment();
    }
  }

  /**
   * Makes room for a message by dropping deliveries. A delivery that may itself be dropped takes
   * the room of its own subscription's deliveries; any other message takes that of all droppable
   * deliveries. Returns whether the message fits. The exchange's own replies take no room, so that
   * no other message fails because of them.
   */
  private boolean makeRoom(int bytes, @Nullable Subscription by) {
    var over = bytes() - queue.ownBytes() + bytes + SendQueue.OVERHEAD - most();
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
    if (shorter == null) {
      writer.write(message);
    } else {
      writer.write(shorter);
    }
  }

  private void write(Subscription to, SharedFrame frame) {
    if (to.missed > 0) {
      var counted = frame.message().toBuilder().without("missed");
      write(counted.header("missed", Long.toString(to.missed)).build());
      to.missed = 0;
    } else if (compressible(frame.message())) {
      writer.write(frame, SharedFrame.Encoding.COMPRESSED);
    } else {
      writer.write(frame, SharedFrame.Encoding.PLAIN);
    }
  }

  private boolean compressible(Message message) {
    return compress && message.size() >= Deflate.FROM;
  }

  private void abortLater() {
    if (abortTimer == null) {
      abortTimer =
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
