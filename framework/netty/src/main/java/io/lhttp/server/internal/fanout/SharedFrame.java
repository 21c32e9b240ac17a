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
 * A publication on its way to many sockets: one encoded frame that all of them share, and a
 * compressed one where any of them takes it. It is held once per event loop that takes it and once
 * per connection that keeps it waiting.
 */
public final class SharedFrame extends AbstractReferenceCounted {
  /** What a broadcast costs beside its bytes, roughly. */
  private static final int OVERHEAD = 256;

  private final Message message;
  private final ByteBuf frame;
  private final Budget budget;

  /** Null until the first one asks for it. Guarded by this, for making. */
  private volatile @Nullable ByteBuf compressed;

  /** In the channel's history; 0 where it has none. */
  final long offset;

  /** Takes its bytes of the budget, once for all who hold it, and gives them back in the end. */
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

  /** A view of the frame, to be written to one socket. */
  public ByteBuf view() {
    return frame.retainedDuplicate();
  }

  /** The same, compressed where that makes it shorter. The first call waits for it. */
  public ByteBuf compressedView(Deflate deflate) {
    var shorter = compressed;
    return (shorter == null ? compressOnce(deflate) : shorter).retainedDuplicate();
  }

  /** What it counts for where bytes that wait are bounded. */
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
