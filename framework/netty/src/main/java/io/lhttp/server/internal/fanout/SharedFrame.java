package io.lhttp.server.internal.fanout;

import io.lhttp.message.Message;
import io.lhttp.server.internal.limit.Budget;
import io.lhttp.server.internal.websocket.Deflate;
import io.lhttp.server.internal.websocket.Frames;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.util.AbstractReferenceCounted;
import io.netty.util.ReferenceCounted;
import org.jspecify.annotations.Nullable;

/**
 * One publication for all subscribers, in each {@link Encoding} that one of them needs.
 *
 * <p>Each event loop that delivers the frame holds one reference, and each send queue in which the
 * frame waits holds one more. All threads may use it.
 */
public class SharedFrame extends AbstractReferenceCounted {
  /** The form in which a group of sockets gets the publication. */
  public enum Encoding {
    /** A frame with the message as it is. */
    PLAIN,
    /** A compressed frame, or the plain one if that is shorter. */
    COMPRESSED
  }

  /** The estimated memory of a shared frame in bytes, beyond the message's own bytes. */
  private static final int OVERHEAD = 256;

  private final Message message;
  private final Budget budget;

  // The frames; each is null until a subscriber needs it. The lock of this object guards their
  // creation.
  private volatile @Nullable ByteBuf plain;
  private volatile @Nullable ByteBuf compressed;

  /** The offset in the channel's history; 0 without a history. */
  final long offset;

  /**
   * The budget counts the message's bytes once, until the last reference is released.
   *
   * @param holders the number of references at first, one for each event loop that delivers the
   *     frame
   * @param offset in the channel's history; 0 without a history
   */
  @SuppressWarnings("this-escape") // the count of references alone is set
  public SharedFrame(Message message, int holders, long offset, Budget budget) {
    this.message = message;
    this.offset = offset;
    this.budget = budget;
    setRefCnt(holders);
    budget.add(Budget.Part.SENDING, weight());
  }

  public Message message() {
    return message;
  }

  /** Called once by each event loop, with the number of its subscribers that got the frame. */
  void taken(int subscribers) {}

  /** The frame's length in bytes. */
  public int length(Encoding encoding, Deflate deflate) {
    return switch (encoding) {
      case PLAIN -> Frames.length(message);
      case COMPRESSED -> compressed(deflate).readableBytes();
    };
  }

  /** Appends the frame to bytes that several sockets get. */
  public void write(ByteBuf to, Encoding encoding, Deflate deflate) {
    switch (encoding) {
      case PLAIN -> Frames.write(to, message);
      case COMPRESSED -> {
        var frame = compressed(deflate);
        to.writeBytes(frame, frame.readerIndex(), frame.readableBytes());
      }
    }
  }

  /** Returns a view of the frame for one socket. The caller releases it. */
  public ByteBuf view(Encoding encoding, Deflate deflate) {
    return switch (encoding) {
      case PLAIN -> plain().retainedDuplicate();
      case COMPRESSED -> compressed(deflate).retainedDuplicate();
    };
  }

  /** The number of bytes that the frame counts in bounded queues. */
  final int weight() {
    return message.size() + OVERHEAD;
  }

  @Override
  public ReferenceCounted touch(Object hint) {
    return this;
  }

  @Override
  protected void deallocate() {
    budget.add(Budget.Part.SENDING, -weight());
    release(plain);
    release(compressed);
  }

  private static void release(@Nullable ByteBuf frame) {
    if (frame != null) {
      frame.release();
    }
  }

  private ByteBuf plain() {
    var frame = plain;
    if (frame == null) {
      synchronized (this) {
        frame = plain;
        if (frame == null) {
          frame = Frames.message(ByteBufAllocator.DEFAULT, message);
          plain = frame;
        }
      }
    }
    return frame;
  }

  private ByteBuf compressed(Deflate deflate) {
    var frame = compressed;
    return frame == null ? compressOnce(deflate) : frame;
  }

  private synchronized ByteBuf compressOnce(Deflate deflate) {
    var made = compressed;
    if (made == null) {
      made = deflate.frame(ByteBufAllocator.DEFAULT, message);
      if (made == null) {
        made = plain().retain();
      }
      compressed = made;
    }
    return made;
  }
}
