package io.lhttp.server.internal.websocket;

import io.lhttp.server.internal.limit.Budget;
import io.lhttp.server.internal.limit.UndecodedBytes;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.websocketx.WebSocket13FrameDecoder;
import io.netty.handler.codec.http.websocketx.WebSocketDecoderConfig;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Decodes the frames of one connection. While the connection is paused, the decoder keeps the bytes
 * undecoded and counts them in the budget. Confined to the connection's event loop.
 */
public final class FrameDecoder extends WebSocket13FrameDecoder {
  /** The event that the undecoded bytes exceed the server's memory; later handlers receive it. */
  public static final Object OVER_BUDGET = new Object();

  /**
   * The number of undecoded bytes from which the budget counts them. Smaller numbers occur after
   * most reads, because a read often ends within a frame.
   */
  private static final int COUNTED_FROM = 4096;

  private final UndecodedBytes undecoded;
  private @Nullable ChannelHandlerContext context;
  private boolean held;
  private boolean kept;
  private boolean discarding;

  public FrameDecoder(WebSocketDecoderConfig config, Budget budget) {
    super(config);
    this.undecoded = new UndecodedBytes(budget);
  }

  /** Starts or stops reading a connection and decoding its bytes. */
  public static void read(Channel channel, boolean read) {
    var decoder = channel.pipeline().get(FrameDecoder.class);
    if (decoder != null) {
      decoder.held = !read;
    }
    if (read && decoder != null && decoder.kept) {
      channel
          .eventLoop()
          .execute(decoder::resume); // it decodes the kept bytes, and then the socket is read again
    } else {
      channel.config().setAutoRead(read);
    }
  }

  /** Discards the undecoded bytes and all that follow. */
  public static void discard(Channel channel) {
    var decoder = channel.pipeline().get(FrameDecoder.class);
    if (decoder != null && !decoder.discarding) {
      decoder.discarding = true;
      decoder.held = false;
      decoder.kept = true;
      // at once, because other connections are read before these bytes are skipped
      decoder.undecoded.release();
      channel.eventLoop().execute(decoder::resume);
    }
  }

  @Override
  public void handlerAdded(ChannelHandlerContext context) {
    this.context = context;
  }

  @Override
  protected void decode(ChannelHandlerContext context, ByteBuf in, List<Object> out)
      throws Exception {
    if (discarding) {
      in.skipBytes(in.readableBytes());
    } else if (held) {
      kept = true;
    } else {
      super.decode(context, in, out);
    }
  }

  /** Does not read on while bytes stay undecoded, as Netty's decoder would. */
  @Override
  public void channelReadComplete(ChannelHandlerContext context) throws Exception {
    if (held) {
      discardSomeReadBytes();
      context.fireChannelReadComplete();
    } else {
      super.channelReadComplete(context);
    }
    count(context);
  }

  @Override
  protected void handlerRemoved0(ChannelHandlerContext context) throws Exception {
    undecoded.release();
    super.handlerRemoved0(context);
  }

  private void resume() {
    var context = this.context;
    if (held || !kept || context == null || context.isRemoved()) {
      return;
    }
    kept = false;
    try {
      channelRead(context, Unpooled.EMPTY_BUFFER);
    } catch (Exception e) {
      context.fireExceptionCaught(e);
    }
    context.fireChannelReadComplete();
    count(context);
    if (!held) {
      context.channel().config().setAutoRead(true);
    }
  }

  private void count(ChannelHandlerContext context) {
    if (discarding || context.isRemoved()) {
      return;
    }
    var bytes = actualReadableBytes();
    if (!undecoded.resize(bytes < COUNTED_FROM ? 0 : bytes)) {
      context.fireUserEventTriggered(OVER_BUDGET);
    }
  }
}
