package io.lhttp.bench;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;

/** The only channel of a floor server. */
public interface FloorChannel {
  /** Runs on the member's event loop. */
  void join(ChannelHandlerContext member);

  /** Runs on the member's event loop. */
  void leave(ChannelHandlerContext member);

  /** Writes an encoded frame to all members, and releases the caller's reference to the frame. */
  void publish(ByteBuf frame);
}
