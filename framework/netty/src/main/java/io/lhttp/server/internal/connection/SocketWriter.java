package io.lhttp.server.internal.connection;

import io.lhttp.message.Message;
import io.lhttp.server.internal.fanout.SharedFrame;
import io.lhttp.server.internal.websocket.Deflate;
import io.lhttp.server.internal.websocket.Frames;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.unix.FileDescriptor;
import io.netty.handler.ssl.SslHandler;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Writes the frames of one connection to its socket, at the end of the event loop's turn. The
 * outbound queue owns it; confined to the event loop.
 *
 * <p>The frames of a turn are a range of the {@link TurnBuffer}, which one system call passes to
 * the socket. Netty's channel writes all that the socket does not take at once, long frames, and
 * every frame of a connection with TLS. While the channel has bytes, later frames follow them
 * there.
 */
final class SocketWriter {
  /**
   * The length up to which a range is copied to the buffer's end if the next frame is elsewhere. A
   * longer range is worth a system call of its own.
   */
  private static final int MOVED = 2048;

  /**
   * The length from which a range is written before the turn ends, so that the channel's high-water
   * mark bounds what the socket does not take.
   */
  private static final int MUCH = 32 * 1024;

  private final Channel channel;
  private final TurnBuffer turn;
  private final Deflate deflate;

  /**
   * The socket; null if only the channel may write to it. Netty's sockets on io_uring block, so a
   * direct write might stop the event loop.
   */
  private final @Nullable FileDescriptor socket;

  // the range of the turn's buffer that the socket gets next
  private int start;
  private int end;

  /** Whether the turn's buffer has noted this writer. */
  private boolean dirty;

  /** Whether the channel may still have bytes. */
  private boolean channelUsed = true;

  SocketWriter(Channel channel, TurnBuffer turn, Deflate deflate) {
    this.channel = channel;
    this.turn = turn;
    this.deflate = deflate;
    this.socket =
        channel instanceof EpollSocketChannel epoll
                && channel.pipeline().get(SslHandler.class) == null
            ? epoll.fd()
            : null;
  }

  /** Whether the socket takes frames, as far as is known. */
  boolean writable() {
    return direct() || channel.isWritable();
  }

  /** The number of bytes that the socket has not taken yet. All threads may call this method. */
  long bytes() {
    var buffer = channel.unsafe().outboundBuffer();
    return end - start + (buffer == null ? 0 : buffer.totalPendingWriteBytes());
  }

  void write(Message message) {
    if (socket != null && turn.reserve(Frames.length(message)) && direct()) {
      var from = turn.end();
      turn.put(message);
      append(from, turn.end());
    } else {
      writeByChannel(Frames.message(channel.alloc(), message));
    }
  }

  /** Writes a frame, whose reference this method takes. */
  void write(ByteBuf frame) {
    if (socket != null && turn.reserve(frame.readableBytes()) && direct()) {
      var from = turn.end();
      turn.put(frame);
      frame.release();
      append(from, turn.end());
    } else {
      writeByChannel(frame);
    }
  }

  /** Writes a frame that other sockets may get, too. */
  void write(SharedFrame frame, SharedFrame.Encoding encoding) {
    var place = socket == null ? null : turn.place(frame, encoding);
    if (place != null && direct()) {
      append(place.start, place.end);
    } else {
      writeByChannel(frame.view(encoding, deflate));
    }
  }

  /** Writes the last frame at once, after all others. The future ends when the socket has it. */
  ChannelFuture writeLast(ByteBuf frame) {
    moveToChannel();
    channelUsed = true;
    return channel.writeAndFlush(frame);
  }

  /** Passes all frames to the socket. Only the turn's buffer calls this method. */
  void flush() {
    dirty = false;
    writeRange();
    if (channelUsed) {
      channel.flush();
    }
  }

  /** Drops the frames of this turn, because the socket is closed. */
  void drop() {
    start = end;
  }

  /** Whether the next frame may go to the turn's buffer, because the channel has no bytes. */
  private boolean direct() {
    return socket != null && (!channelUsed || channelEmpty());
  }

  private boolean channelEmpty() {
    var buffer = channel.unsafe().outboundBuffer();
    channelUsed = buffer == null || buffer.totalPendingWriteBytes() > 0;
    return !channelUsed;
  }

  private void append(int from, int to) {
    if (start == end) {
      start = from;
      end = to;
      mark();
    } else if (from == end) {
      end = to;
    } else {
      appendApart(from, to);
    }
    if (end - start >= MUCH) {
      writeRange();
    }
  }

  /** Appends a range that does not follow the one before. */
  private void appendApart(int from, int to) {
    if (end - start <= MOVED && turn.fits(end - start + to - from)) {
      var moved = turn.end();
      turn.repeat(start, end);
      turn.repeat(from, to);
      start = moved;
      end = turn.end();
      return;
    }
    writeRange();
    if (direct()) {
      start = from;
      end = to;
    } else {
      writeByChannel(turn.copy(from, to, channel.alloc()));
    }
  }

  /** Writes the range to the socket. The channel gets the bytes that the socket does not take. */
  private void writeRange() {
    var fd = socket;
    if (start == end || fd == null) {
      return;
    }
    if (!fd.isOpen()) { // another connection may have the descriptor's number already
      drop();
      return;
    }
    try {
      start += turn.write(fd, start, end);
    } catch (IOException e) { // the client has closed or reset the connection
      drop();
      channel.close();
      return;
    }
    moveToChannel();
  }

  private void writeByChannel(ByteBuf frame) {
    moveToChannel();
    channelUsed = true;
    mark();
    channel.write(frame, channel.voidPromise());
  }

  private void moveToChannel() {
    if (start != end) {
      var rest = turn.copy(start, end, channel.alloc());
      start = end;
      channelUsed = true;
      channel.write(rest, channel.voidPromise());
    }
  }

  private void mark() {
    if (!dirty) {
      dirty = true;
      turn.add(this);
    }
  }
}
