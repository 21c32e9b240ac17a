package io.lhttp.bench;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;

/** The one channel of a floor. */
public interface FloorChannel {
  /** On the member's event loop. */
  void join(ChannelHandlerContext member);

  /** On the member's event loop. */
  void leave(ChannelHandlerContext member);

  /** Brings a frame, encoded as it goes to the sockets, to all members; takes the reference. */
  void publish(ByteBuf frame);
}
