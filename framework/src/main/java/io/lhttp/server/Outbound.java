package io.lhttp.server;

import io.lhttp.CloseCode;
import io.lhttp.message.Message;
import io.lhttp.pubsub.SlowConsumer;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.handler.codec.http.websocketx.BinaryWebSocketFrame;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * What goes out on one connection: at once while the socket takes it, else into a queue that is
 * bounded in bytes and has a policy for its overflow. Confined to the connection's event loop.
 */
final class Outbound {
  /** Shorter messages go out as they are: RFC 7692, section 6, leaves that to the sender. */
  private static final int COMPRESS_FROM = 512;

  private final Channel channel;
  private final Loop loop;
  private final Limits limits;
  private final Counters counters;
  private final boolean compress;

  /** Made when first needed, and let go when empty. */
  private @Nullable ArrayDeque<Waiting> queue;

  private int queuedBytes;
  private boolean dirty;
  private boolean closing;
  private @Nullable ByteBuf close;
  private long stuckSince;

  Outbound(Channel channel, Loop loop, Limits limits, Counters counters, boolean compress) {
    this.channel = channel;
    this.loop = loop;
    this.limits = limits;
    this.counters = counters;
    this.compress = compress;
  }

  boolean closing() {
    return closing;
  }

  /** Bytes that the socket has not taken yet. Any thread. */
  long bytes() {
    var buffer = channel.unsafe().outboundBuffer();
    return queuedBytes + (buffer == null ? 0 : buffer.totalPendingWriteBytes());
  }

  /** How long the socket has had more than it takes, in nanoseconds. */
  long stuckFor(long now) {
    return stuckSince == 0 ? 0 : now - stuckSince;
  }

  /** A reply: never dropped. Where it does not fit, the client is too slow. */
  void send(Message message) {
    if (closing) {
      return;
    }
    if (direct()) {
      write(message);
    } else if (makeRoom(message.size(), null)) {
      enqueue(new Waiting(message, null, null));
    } else {
      tooSlow();
    }
  }

  /** A publication: what does not fit is dealt with by the channel's policy. */
  void deliver(Subscription to, Broadcast broadcast) {
    if (closing) {
      return;
    }
    if (direct()) {
      write(to, broadcast);
      return;
    }
    if (to.policy == SlowConsumer.LATEST) {
      dropAll(to);
    }
    if (makeRoom(broadcast.message().size(), to)) {
      broadcast.retain();
      enqueue(new Waiting(broadcast.message(), broadcast, to));
    } else if (to.policy == SlowConsumer.CLOSE) {
      tooSlow();
    } else {
      missed(to);
    }
  }

  void ping() {
    if (!closing) {
      writeAndMark(Frames.ping());
    }
  }

  void pong(ByteBuf payload) {
    if (!closing) {
      writeAndMark(Frames.pong(channel.alloc(), payload));
    }
  }

  void tooSlow() {
    if (!closing) {
      counters.slowConsumers.increment();
      discard();
      close(CloseCode.TOO_SLOW);
    }
  }

  /** What waits goes out first; a client that takes too long for it is cut off. */
  void close(CloseCode code) {
    if (closing) {
      return;
    }
    closing = true;
    close = Frames.close(channel.alloc(), code);
    drain();
    loop.executor.schedule(
        () -> channel.close(), limits.closeTime().toMillis(), TimeUnit.MILLISECONDS);
  }

  /** The client's close: it is answered, unless it is itself an answer, and the socket closed. */
  void closedByPeer(@Nullable CloseCode code) {
    discard();
    if (closing && close == null) {
      channel.close();
      return;
    }
    closing = true;
    dropClose();
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

  void writabilityChanged() {
    if (channel.isWritable()) {
      stuckSince = 0;
      drain();
    } else {
      stuckSince = System.nanoTime();
    }
  }

  /** The socket is closed: lets go of everything. */
  void discard() {
    if (queue != null) {
      queue.forEach(Waiting::release);
      queue = null;
      queuedBytes = 0;
    }
  }

  void release() {
    closing = true;
    discard();
    dropClose();
  }

  private boolean direct() {
    return queue == null && channel.isWritable();
  }

  private void drain() {
    while (queue != null && channel.isWritable()) {
      var next = queue.poll();
      if (next == null) {
        queue = null;
      } else {
        queuedBytes -= next.bytes();
        next.write(this);
      }
    }
    if (queue == null && close != null) {
      var frame = close;
      close = null;
      writeAndMark(frame);
    }
  }

  private void write(Message message) {
    if (compress && message.size() >= COMPRESS_FROM) {
      var payload = channel.alloc().ioBuffer(message.size());
      message.writeTo(payload::writeBytes);
      mark();
      channel.write(
          message.format() == Message.Format.TEXT
              ? new TextWebSocketFrame(payload)
              : new BinaryWebSocketFrame(payload),
          channel.voidPromise());
    } else {
      writeAndMark(Frames.message(channel.alloc(), message));
    }
  }

  private void write(Subscription to, Broadcast broadcast) {
    if (to.missed > 0) {
      var told = broadcast.message().toBuilder().header("missed", Long.toString(to.missed));
      to.missed = 0;
      write(told.build());
    } else if (compress && broadcast.message().size() >= COMPRESS_FROM) {
      write(broadcast.message());
    } else {
      writeAndMark(broadcast.view());
    }
  }

  private void writeAndMark(ByteBuf frame) {
    mark();
    channel.write(frame, channel.voidPromise());
  }

  private void mark() {
    if (!dirty) {
      dirty = true;
      loop.flushLater(this);
    }
  }

  private void enqueue(Waiting waiting) {
    if (queue == null) {
      queue = new ArrayDeque<>();
    }
    queue.add(waiting);
    queuedBytes += waiting.bytes();
  }

  /**
   * Whether so many bytes fit now. Room is made from deliveries whose policy allows it: of the
   * subscription that needs it, or, for a reply, of any.
   */
  private boolean makeRoom(int bytes, @Nullable Subscription by) {
    var free = limits.queueBytes() - bytes() - bytes - Waiting.OVERHEAD;
    if (free >= 0 || queue == null) {
      return free >= 0;
    }
    var each = queue.iterator();
    while (free < 0 && each.hasNext()) {
      var waiting = each.next();
      var to = waiting.to;
      if (to != null && to.policy != SlowConsumer.CLOSE && (by == null || by == to)) {
        free += waiting.bytes();
        drop(each, waiting, to);
      }
    }
    return free >= 0;
  }

  private void dropAll(Subscription of) {
    if (queue == null) {
      return;
    }
    for (var each = queue.iterator(); each.hasNext(); ) {
      var waiting = each.next();
      if (waiting.to == of) {
        drop(each, waiting, of);
      }
    }
  }

  private void drop(java.util.Iterator<Waiting> at, Waiting waiting, Subscription to) {
    at.remove();
    queuedBytes -= waiting.bytes();
    waiting.release();
    missed(to);
  }

  private void missed(Subscription to) {
    to.missed++;
    counters.dropped.increment();
  }

  private void dropClose() {
    if (close != null) {
      close.release();
      close = null;
    }
  }

  /** A reply, or a delivery together with its subscription, that waits for the socket. */
  private record Waiting(
      Message message, @Nullable Broadcast broadcast, @Nullable Subscription to) {
    /** What an entry costs beside its bytes, roughly. */
    static final int OVERHEAD = 64;

    int bytes() {
      return message.size() + OVERHEAD;
    }

    void write(Outbound outbound) {
      if (broadcast == null || to == null) {
        outbound.write(message);
      } else {
        outbound.write(to, broadcast);
        broadcast.release();
      }
    }

    void release() {
      if (broadcast != null) {
        broadcast.release();
      }
    }
  }
}
