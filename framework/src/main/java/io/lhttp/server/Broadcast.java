package io.lhttp.server;

import io.lhttp.message.Message;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;

/**
 * A publication on its way to many sockets: one encoded frame that all of them share. It is held
 * once per event loop that takes it and once per connection that keeps it waiting.
 */
final class Broadcast {
  /** What a broadcast costs beside its bytes, roughly. */
  private static final int OVERHEAD = 256;

  private final Message message;
  private final ByteBuf frame;

  Broadcast(Message message, int holders) {
    this.message = message;
    this.frame = Frames.message(ByteBufAllocator.DEFAULT, message);
    if (holders > 1) {
      frame.retain(holders - 1);
    }
  }

  Message message() {
    return message;
  }

  /** A view of the frame, to be written to one socket. */
  ByteBuf view() {
    return frame.retainedDuplicate();
  }

  /** What it counts for where bytes that wait are bounded. */
  int weight() {
    return message.size() + OVERHEAD;
  }

  void retain() {
    frame.retain();
  }

  void release() {
    frame.release();
  }
}
