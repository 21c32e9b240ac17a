package io.lhttp.bench;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PingWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PongWebSocketFrame;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocket13FrameDecoder;
import io.netty.handler.codec.http.websocketx.WebSocketDecoderConfig;
import io.netty.handler.codec.http.websocketx.WebSocketServerHandshaker13;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Handles handshake, echo, join and publish. One byte of a message decides its kind, see {@link
 * LoadBytes}.
 */
@SuppressWarnings("FutureReturnValueIgnored") // a failed write ends in channelInactive
final class FloorHandler extends ChannelInboundHandlerAdapter {
  private static final WebSocketDecoderConfig FRAMES =
      WebSocketDecoderConfig.newBuilder()
          .maxFramePayloadLength(64 * 1024)
          .allowExtensions(false)
          .withUTF8Validator(false)
          .build();
  private static final int TEXT = 0x81;
  private static final int TWO_BYTE_LENGTH = 126;
  private static final byte[] PUBLISHED = "{\"channels\":1}".getBytes(StandardCharsets.US_ASCII);

  private final FloorChannel channel;
  private final @Nullable BareCall forward;

  /** Writes from this context bypass Netty's encoder, which would allocate one more object. */
  private @Nullable ChannelHandlerContext socket;

  private boolean joined;

  FloorHandler(FloorChannel channel, Optional<BareCall> forward) {
    this.channel = channel;
    this.forward = forward.orElse(null);
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    if (message instanceof TextWebSocketFrame frame) {
      text(ctx, frame);
    } else if (message instanceof FullHttpRequest request) {
      http(ctx, request);
    } else if (message instanceof PingWebSocketFrame ping) {
      ctx.write(new PongWebSocketFrame(ping.content()));
    } else {
      ReferenceCountUtil.release(message);
      if (message instanceof CloseWebSocketFrame) {
        ctx.writeAndFlush(new CloseWebSocketFrame()).addListener(ChannelFutureListener.CLOSE);
      }
    }
  }

  private void text(ChannelHandlerContext ctx, TextWebSocketFrame frame) {
    var socket = socket(ctx);
    var kind = LoadBytes.kind(frame.content());
    var encoded = encode(ctx, frame.content());
    frame.release();
    if (forward != null) {
      Thread.ofVirtual().start(() -> forward(forward, socket, encoded));
      return;
    }
    if (kind == LoadBytes.PUBLISH) {
      channel.publish(encoded);
      return;
    }
    if (kind == LoadBytes.SUBSCRIBE && !joined) {
      joined = true;
      channel.join(socket);
    }
    socket.write(encoded, socket.voidPromise());
  }

  private static void forward(BareCall call, ChannelHandlerContext socket, ByteBuf echo) {
    try {
      if (call.send()) {
        socket.writeAndFlush(echo, socket.voidPromise());
      }
    } catch (IOException e) {
      System.err.println("floor: " + e);
    }
  }

  private ChannelHandlerContext socket(ChannelHandlerContext ctx) {
    if (socket == null) {
      socket = ctx.pipeline().context(WebSocket13FrameDecoder.class);
    }
    return socket;
  }

  private void http(ChannelHandlerContext ctx, FullHttpRequest request) {
    if (request.method().equals(HttpMethod.POST)) {
      channel.publish(encode(ctx, request.content()));
      request.release();
      var response =
          new DefaultFullHttpResponse(
              HttpVersion.HTTP_1_1, HttpResponseStatus.OK, Unpooled.wrappedBuffer(PUBLISHED));
      response.headers().set(HttpHeaderNames.CONTENT_LENGTH, PUBLISHED.length);
      ctx.write(response);
    } else {
      new WebSocketServerHandshaker13("", null, FRAMES).handshake(ctx.channel(), request);
      request.release();
    }
  }

  /** A text frame of this payload, which is copied. */
  private static ByteBuf encode(ChannelHandlerContext ctx, ByteBuf payload) {
    var length = payload.readableBytes();
    var frame = ctx.alloc().directBuffer(length + 4).writeByte(TEXT);
    if (length < TWO_BYTE_LENGTH) {
      frame.writeByte(length);
    } else {
      frame.writeByte(TWO_BYTE_LENGTH).writeShort(length);
    }
    return frame.writeBytes(payload, payload.readerIndex(), length);
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    ctx.flush();
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    if (joined) {
      channel.leave(socket(ctx));
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    System.err.println("floor: " + cause);
    ctx.close();
  }
}
