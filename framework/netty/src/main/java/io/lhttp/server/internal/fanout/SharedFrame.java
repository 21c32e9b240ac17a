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
 * One encoded publication whose bytes all subscribers' sockets write. It also has a compressed form
 * as soon as a client needs one.
 *
 * <p>Each event loop that delivers the frame holds one reference, and each send queue in which the
 * frame waits holds one more. All threads may use it.
 */
public class SharedFrame extends AbstractReferenceCounted {
  /** The estimated memory of a shared frame in bytes, beyond the message's own bytes. */
  private static final int OVERHEAD = 256;

  private final Message message;
  private final ByteBuf frame;
  private final Budget budget;

  /**
   * The compressed frame; null until a subscriber needs it. The lock of this object guards its
   * creation.
   */
  private volatile @Nullable ByteBuf compressed;

  /** The offset in the channel's history; 0 without a history. */
  final long offset;

  /**
   * Encodes the message. The budget counts its bytes once, until the last reference is released.
   *
   * @param holders the number of references at first, one for each event loop that delivers the
   *     frame
   * @param offset in the channel's history; 0 without a history
   */
  public SharedFrame(Message message, int holders, long offset, Budget budget) {
    this.message = message;
    this.offset = offset;
    this.budget = budget;
    this.frame = Frames.message(ByteBufAllocator.DEFAULT, message);
    setRefCnt(holders);
    budget.add(Budget.Part.SENDING, weight());
  }

  public Message message() {
    return message;
  }

  /** Called once by each event loop, with the number of its subscribers that got the frame. */
  void taken(int subscribers) {}

  /** Returns a view of the frame, to write it to one socket. */
  public ByteBuf view() {
    return frame.retainedDuplicate();
  }

  /**
   * Returns a view of the compressed frame, or of the plain one if that is shorter. The first call
   * compresses the message.
   */
  public ByteBuf compressedView(Deflate deflate) {
    var shorter = compressed;
    return (shorter == null ? compressOnce(deflate) : shorter).retainedDuplicate();
  }

  /** The number of bytes that the frame counts in bounded queues. */
  int weight() {
    return message.size() + OVERHEAD;
  }

  @Override
  public ReferenceCounted touch(Object hint) {
    return this;
  }

  @Override
  protected void deallocate() {
    budget.add(Budget.Part.SENDING, -weight());
    frame.release();
    if (compressed != null) {
      compressed.release();
    }
  }

  private synchronized ByteBuf compressOnce(Deflate deflate) {
    var made = compressed;
    if (made == null) {
      made = deflate.frame(ByteBufAllocator.DEFAULT, message);
      if (made == null) {
        made = frame.retain();
      }
      compressed = made;
    }
    return made;
  }
}
