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
 * One encoded publication whose bytes all subscribers' sockets write, with a compressed form if a
 * client takes it.
 *
 * <p>Each event loop that takes it holds one reference, and each queue in which it waits one more.
 * All threads may use it.
 */
public final class SharedFrame extends AbstractReferenceCounted {
  /** The estimated cost of a shared frame beside its bytes. */
  private static final int OVERHEAD = 256;

  private final Message message;
  private final ByteBuf frame;
  private final Budget budget;

  /** Null until a subscriber needs it. Guarded by this, for creation. */
  private volatile @Nullable ByteBuf compressed;

  /** The offset in the channel's history; 0 without a history. */
  final long offset;

  /** Encodes the message. Its bytes count in the budget once, until the last holder releases it. */
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

  /** Returns a view of the frame, for one socket. */
  public ByteBuf view() {
    return frame.retainedDuplicate();
  }

  /**
   * Returns a view of the compressed frame, or of the plain one if that is shorter. The first call
   * compresses it.
   */
  public ByteBuf compressedView(Deflate deflate) {
    var shorter = compressed;
    return (shorter == null ? compressOnce(deflate) : shorter).retainedDuplicate();
  }

  /** The bytes that it counts for in bounded queues. */
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
