package io.lhttp.server.internal.connection;

import io.lhttp.CloseStatus;
import io.lhttp.message.Message;
import io.lhttp.message.Utf8;
import io.lhttp.server.Limits;
import io.lhttp.server.internal.limit.Budget;
import io.lhttp.server.internal.websocket.Fragments;
import io.lhttp.server.internal.websocket.FrameDecoder;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandler.Sharable;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.http.websocketx.BinaryWebSocketFrame;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.ContinuationWebSocketFrame;
import io.netty.handler.codec.http.websocketx.CorruptedWebSocketFrameException;
import io.netty.handler.codec.http.websocketx.PingWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PongWebSocketFrame;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Turns the frames of one connection into messages: joins fragments within bounds, checks UTF-8 and
 * reserved bits, answers pings and closes. A client's error closes the connection with a code.
 *
 * <p>A compressed message is passed on without being expanded. Confined to the connection's event
 * loop.
 */
public final class FrameHandler extends ChannelInboundHandlerAdapter {
  private static final Logger log = LoggerFactory.getLogger(FrameHandler.class);

  /** The bit RSV1 in Netty's representation; it marks a compressed message. */
  private static final int COMPRESSED = 0x4;

  /** The name under which Netty's handshake adds the frame decoder to the pipeline. */
  private static final String DECODER = "wsdecoder";

  private static final String DISCARD = "discard-inbound";
  private static final int MAX_CLOSE_CODE = 4999;

  /**
   * Receives whole messages. The receiver expands a compressed payload by {@link Session#expand}.
   */
  @FunctionalInterface
  public interface Receiver {
    void receive(Message.Format format, byte[] payload, boolean compressed);
  }

  private final Session session;
  private final Receiver receiver;
  private final Limits limits;
  private final Budget budget;
  private final boolean compression;
  private @Nullable Fragments fragments;

  // A token bucket for pings and pongs. It holds the tokens of two seconds.
  private int tokens;
  private long refilled;

  /**
   * @param compression whether the client may compress messages
   */
  public FrameHandler(
      Session session, Receiver receiver, Limits limits, Budget budget, boolean compression) {
    this.session = session;
    this.receiver = receiver;
    this.limits = limits;
    this.budget = budget;
    this.compression = compression;
    this.tokens = 2 * limits.controlFrames();
    this.refilled = System.nanoTime();
  }

  /** Called after the handshake, when Netty adds this handler. */
  @Override
  public void handlerAdded(ChannelHandlerContext context) {
    FrameDecoder.receive(context.pipeline(), this::message);
    session.onOpened();
  }

  /** Takes a message of one frame from the decoder. */
  private void message(Message.Format format, byte[] payload, boolean ascii) {
    if (!session.outbound.closing()) {
      session.heartbeat.signOfLife();
      receive(format, payload, false, ascii);
    }
  }

  /** Flushes the publications of all frames that one read of the socket has brought. */
  @Override
  public void channelReadComplete(ChannelHandlerContext context) {
    session.readComplete();
    context.fireChannelReadComplete();
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object received) {
    try {
      if (received instanceof WebSocketFrame frame && !session.outbound.closing()) {
        session.heartbeat.signOfLife();
        frame(context, frame);
      } else if (received instanceof CloseWebSocketFrame close) {
        close(close);
      }
    } finally {
      ReferenceCountUtil.release(received);
    }
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext context, Object event) {
    if (event.equals(FrameDecoder.OVER_BUDGET)) {
      session.shortOfMemory();
    } else {
      context.fireUserEventTriggered(event);
    }
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext context) {
    session.onWritable();
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    endFragments();
    session.onClosed();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    for (Throwable c = cause; c != null; c = c.getCause()) {
      switch (c) {
        case CorruptedWebSocketFrameException corrupted -> {
          var status = corrupted.closeStatus();
          fail(new CloseStatus(status.code(), status.reasonText()));
          return;
        }
        case IOException reset -> {
          context.close();
          return;
        }
        default -> {}
      }
    }
    log.error("connection failed connection={}", session.id(), cause);
    session.close(CloseStatus.FAILED);
  }

  private void frame(ChannelHandlerContext context, WebSocketFrame frame) {
    if ((frame.rsv() & ~allowedBits(frame)) != 0) {
      fail(CloseStatus.PROTOCOL_ERROR.because("reserved bits"));
      return;
    }
    switch (frame) {
      case TextWebSocketFrame text -> data(context, Message.Format.TEXT, text);
      case BinaryWebSocketFrame binary -> data(context, Message.Format.BINARY, binary);
      case ContinuationWebSocketFrame more -> continuation(more);
      case PingWebSocketFrame ping -> {
        if (mayControl()) {
          session.outbound.pong(ping.content());
        }
      }
      case PongWebSocketFrame pong -> mayControl();
      case CloseWebSocketFrame close -> close(close);
      default -> fail(CloseStatus.PROTOCOL_ERROR);
    }
  }

  /**
   * The reserved bits that this frame may set. Only a message's first frame may set the bit for a
   * compressed message (RFC 7692, section 6).
   */
  private int allowedBits(WebSocketFrame frame) {
    return compression
            && (frame instanceof TextWebSocketFrame || frame instanceof BinaryWebSocketFrame)
        ? COMPRESSED
        : 0;
  }

  private void data(ChannelHandlerContext context, Message.Format format, WebSocketFrame frame) {
    var compressed = frame.rsv() != 0;
    if (frame.isFinalFragment()) {
      receive(format, bytes(frame.content()), compressed, false);
      return;
    }
    fragments = new Fragments(format, compressed, limits, budget);
    fragments.deadline =
        context
            .executor()
            .schedule(
                () -> fail(CloseStatus.POLICY.because("fragments took too long")),
                limits.fragmentTime().toMillis(),
                TimeUnit.MILLISECONDS);
    addFragment(fragments, frame);
  }

  private void continuation(ContinuationWebSocketFrame frame) {
    if (fragments == null) {
      fail(CloseStatus.PROTOCOL_ERROR);
    } else {
      addFragment(fragments, frame);
    }
  }

  private void addFragment(Fragments fragments, WebSocketFrame frame) {
    var refusal = fragments.add(frame.content(), frame.isFinalFragment());
    if (refusal != null) {
      endFragments();
      if (refusal.equals(CloseStatus.BUSY)) {
        session.shortOfMemory();
      } else {
        session.fail(refusal);
      }
    } else if (frame.isFinalFragment()) {
      endFragments();
      receiver.receive(fragments.format, fragments.payload(), fragments.compressed);
    }
  }

  private void receive(Message.Format format, byte[] payload, boolean compressed, boolean ascii) {
    if (payload.length > limits.messageBytes()) {
      fail(CloseStatus.TOO_BIG);
    } else if (!ascii
        && !compressed
        && format == Message.Format.TEXT
        && !Utf8.valid(payload, 0, payload.length)) {
      fail(CloseStatus.MALFORMED.because("not UTF-8"));
    } else {
      receiver.receive(format, payload, compressed);
    }
  }

  /** Closes the connection with an error, and discards all that the client sends afterwards. */
  private void fail(CloseStatus code) {
    endFragments();
    session.fail(code);
  }

  /** Discards all bytes that the client sends from now on. */
  static void discardInbound(ChannelPipeline pipeline) {
    if (pipeline.get(DECODER) != null && pipeline.get(DISCARD) == null) {
      pipeline.addBefore(DECODER, DISCARD, DiscardInbound.INSTANCE);
    }
  }

  private void endFragments() {
    if (fragments != null) {
      fragments.end();
      fragments = null;
    }
  }

  /**
   * Answers the client's close frame. The decoder has refused invalid codes already, except for
   * codes above 4999.
   */
  private void close(CloseWebSocketFrame close) {
    var code = close.statusCode();
    if (code > MAX_CLOSE_CODE) {
      fail(CloseStatus.PROTOCOL_ERROR.because("unknown close code"));
    } else {
      session.outbound.closedByPeer(code < 0 ? null : new CloseStatus(code, ""));
    }
  }

  private boolean mayControl() {
    var now = System.nanoTime();
    var seconds = (now - refilled) / 1_000_000_000L;
    if (seconds > 0) {
      tokens =
          (int) Math.min(2L * limits.controlFrames(), tokens + seconds * limits.controlFrames());
      refilled += seconds * 1_000_000_000L;
    }
    if (tokens > 0) {
      tokens--;
      return true;
    }
    fail(CloseStatus.POLICY.because("too many control frames"));
    return false;
  }

  private static byte[] bytes(ByteBuf content) {
    var bytes = new byte[content.readableBytes()];
    content.readBytes(bytes);
    return bytes;
  }

  /** Discards bytes before the decoder, so that they cost no more than the read. */
  @Sharable
  private static final class DiscardInbound extends ChannelInboundHandlerAdapter {
    static final DiscardInbound INSTANCE = new DiscardInbound();

    @Override
    public void channelRead(ChannelHandlerContext context, Object received) {
      ReferenceCountUtil.release(received);
    }
  }
}
