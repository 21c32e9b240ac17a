package io.lhttp.server.internal.websocket;

import io.lhttp.message.Message;
import io.lhttp.server.internal.limit.Budget;
import io.lhttp.server.internal.limit.UndecodedBytes;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.http.websocketx.BinaryWebSocketFrame;
import io.netty.handler.codec.http.websocketx.ContinuationWebSocketFrame;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocket13FrameDecoder;
import io.netty.handler.codec.http.websocketx.WebSocketDecoderConfig;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
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

  /** The first byte of a final frame with text. */
  private static final int TEXT = 0x81;

  /** The first byte of a final frame with bytes. */
  private static final int BINARY = 0x82;

  private static final int MASKED = 0x80;

  /** In place of a length, this number says that the length follows in two bytes. */
  private static final int SHORT_LENGTH = 126;

  /** The length of a masking key. */
  private static final int MASK = 4;

  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final long NON_ASCII = 0x8080808080808080L;

  private final UndecodedBytes undecoded;
  private final int longest;
  private @Nullable ChannelHandlerContext context;

  /** Takes whole messages; null if all frames go through the pipeline. */
  private @Nullable Receiver receiver;

  /** Whether Netty's decoder has read a part of a frame. */
  private boolean withinFrame;

  /** Whether the next data frame continues a message. */
  private boolean withinMessage;

  private boolean held;
  private boolean kept;
  private boolean discarding;

  /** Receives messages of one frame without an object and a hop through the pipeline for each. */
  @FunctionalInterface
  public interface Receiver {
    /**
     * Receives an uncompressed message of one frame.
     *
     * @param ascii whether all bytes are ASCII; if not, the receiver checks that a text is UTF-8
     */
    void message(Message.Format format, byte[] payload, boolean ascii);
  }

  public FrameDecoder(WebSocketDecoderConfig config, Budget budget) {
    super(config);
    this.longest = config.maxFramePayloadLength();
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

  /** Passes messages of one frame to the receiver; all other frames go through the pipeline. */
  public static void receive(ChannelPipeline pipeline, Receiver receiver) {
    var decoder = pipeline.get(FrameDecoder.class);
    if (decoder != null) {
      decoder.receiver = receiver;
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
    } else if (receiver == null || withinFrame || withinMessage || !begins(in)) {
      decodeAny(context, in, out);
    } else {
      decodeWhole(in, receiver);
    }
  }

  /** Lets Netty decode a frame, and notes where it stands. */
  private void decodeAny(ChannelHandlerContext context, ByteBuf in, List<Object> out)
      throws Exception {
    var before = in.readableBytes();
    super.decode(context, in, out);
    if (out.isEmpty()) {
      withinFrame |= in.readableBytes() < before;
      return;
    }
    withinFrame = false;
    if (out.getLast() instanceof WebSocketFrame frame && isData(frame)) {
      withinMessage = !frame.isFinalFragment();
    }
  }

  private static boolean isData(WebSocketFrame frame) {
    return frame instanceof TextWebSocketFrame
        || frame instanceof BinaryWebSocketFrame
        || frame instanceof ContinuationWebSocketFrame;
  }

  /**
   * Whether a frame begins here that is a whole message: final, uncompressed, masked, and not too
   * long (RFC 6455, section 5.2). True, too, as long as the bytes are the beginning of such a
   * frame; Netty refuses or decodes all others.
   */
  private boolean begins(ByteBuf in) {
    var at = in.readerIndex();
    var first = in.getUnsignedByte(at);
    if (first != TEXT && first != BINARY) {
      return false;
    }
    if (in.readableBytes() < 2) {
      return true;
    }
    var second = in.getUnsignedByte(at + 1) - MASKED;
    if (second < 0 || second > SHORT_LENGTH || (second < SHORT_LENGTH && second > longest)) {
      return false;
    }
    if (second < SHORT_LENGTH || in.readableBytes() < 4) {
      return true;
    }
    var length = in.getUnsignedShort(at + 2);
    return length >= SHORT_LENGTH && length <= longest;
  }

  /** Decodes whole messages for as long as they have arrived and the connection is read. */
  private void decodeWhole(ByteBuf in, Receiver receiver) {
    do {
      var at = in.readerIndex();
      var readable = in.readableBytes();
      if (readable < 2) {
        return;
      }
      var length = in.getUnsignedByte(at + 1) - MASKED;
      var header = 2;
      if (length == SHORT_LENGTH) {
        if (readable < 4) {
          return;
        }
        length = in.getUnsignedShort(at + 2);
        header = 4;
      }
      var begin = header + MASK;
      if (readable < begin + length) {
        return;
      }
      var format = in.getByte(at) == (byte) TEXT ? Message.Format.TEXT : Message.Format.BINARY;
      var mask = in.getIntLE(at + header);
      var payload = new byte[length];
      in.getBytes(at + begin, payload);
      in.readerIndex(at + begin + length);
      receiver.message(format, payload, unmask(payload, mask));
    } while (!held && !discarding && in.isReadable() && begins(in));
  }

  /**
   * Unmasks a payload in place (RFC 6455, section 5.3); returns whether all its bytes are ASCII.
   */
  private static boolean unmask(byte[] payload, int mask) {
    var twice = (mask & 0xffffffffL) | ((long) mask << 32);
    var all = 0L;
    var i = 0;
    for (; i + 8 <= payload.length; i += 8) {
      var plain = (long) LONGS.get(payload, i) ^ twice;
      LONGS.set(payload, i, plain);
      all |= plain;
    }
    for (; i < payload.length; i++) {
      payload[i] ^= (byte) (mask >>> (8 * (i & 3)));
      all |= payload[i];
    }
    return (all & NON_ASCII) == 0;
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
