package io.lhttp.server;

import io.lhttp.CloseCode;
import io.lhttp.message.Message;
import io.lhttp.message.Utf8;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.compression.DecompressionException;
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
 * Frames to messages: joins fragments within bounds, checks UTF-8 and reserved bits, answers pings
 * and closes, and turns whatever goes wrong into a close code.
 */
final class FrameHandler extends ChannelInboundHandlerAdapter {
  private static final Logger log = LoggerFactory.getLogger(FrameHandler.class);

  /** Takes whole messages. */
  @FunctionalInterface
  interface Receiver {
    void receive(Message.Format format, byte[] payload);
  }

  private final Session session;
  private final Receiver receiver;
  private final Limits limits;
  private final boolean emptyFragments;
  private @Nullable Fragments fragments;

  // A token bucket for control frames; twice a second's worth may come at once.
  private int tokens;
  private long refilled;

  /**
   * @param emptyFragments as {@link Fragments}
   */
  FrameHandler(Session session, Receiver receiver, Limits limits, boolean emptyFragments) {
    this.session = session;
    this.receiver = receiver;
    this.limits = limits;
    this.emptyFragments = emptyFragments;
    this.tokens = 2 * limits.controlFrames();
    this.refilled = System.nanoTime();
  }

  /** The handshake is done. */
  @Override
  public void handlerAdded(ChannelHandlerContext context) {
    session.opened();
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object received) {
    try {
      if (received instanceof WebSocketFrame frame && !session.outbound().closing()) {
        session.signOfLife();
        frame(context, frame);
      } else if (received instanceof CloseWebSocketFrame close) {
        close(close);
      }
    } finally {
      ReferenceCountUtil.release(received);
    }
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext context) {
    session.outbound().writabilityChanged();
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    endFragments();
    session.closed();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    for (Throwable c = cause; c != null; c = c.getCause()) {
      switch (c) {
        case CorruptedWebSocketFrameException corrupted -> {
          var status = corrupted.closeStatus();
          session.close(new CloseCode(status.code(), status.reasonText()));
          return;
        }
        case DecompressionException bomb -> {
          session.close(CloseCode.TOO_BIG);
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
    session.close(CloseCode.FAILED);
  }

  private void frame(ChannelHandlerContext context, WebSocketFrame frame) {
    if (frame.rsv() != 0) {
      session.close(CloseCode.PROTOCOL_ERROR.because("reserved bits"));
      return;
    }
    switch (frame) {
      case TextWebSocketFrame text -> data(context, Message.Format.TEXT, text);
      case BinaryWebSocketFrame binary -> data(context, Message.Format.BINARY, binary);
      case ContinuationWebSocketFrame more -> continuation(more);
      case PingWebSocketFrame ping -> {
        if (mayControl()) {
          session.outbound().pong(ping.content());
        }
      }
      case PongWebSocketFrame pong -> mayControl();
      case CloseWebSocketFrame close -> close(close);
      default -> session.close(CloseCode.PROTOCOL_ERROR);
    }
  }

  private void data(ChannelHandlerContext context, Message.Format format, WebSocketFrame frame) {
    if (frame.isFinalFragment()) {
      var payload = bytes(frame.content());
      if (payload.length > limits.messageBytes()) {
        session.close(CloseCode.TOO_BIG);
      } else if (format == Message.Format.TEXT && !Utf8.valid(payload, 0, payload.length)) {
        session.close(CloseCode.MALFORMED.because("not UTF-8"));
      } else {
        receiver.receive(format, payload);
      }
      return;
    }
    fragments = new Fragments(format, limits, emptyFragments);
    fragments.deadline =
        context
            .executor()
            .schedule(
                () -> session.close(CloseCode.POLICY.because("fragments took too long")),
                limits.fragmentTime().toMillis(),
                TimeUnit.MILLISECONDS);
    addFragment(fragments, frame);
  }

  private void continuation(ContinuationWebSocketFrame frame) {
    if (fragments == null) {
      session.close(CloseCode.PROTOCOL_ERROR);
    } else {
      addFragment(fragments, frame);
    }
  }

  private void addFragment(Fragments fragments, WebSocketFrame frame) {
    var refusal = fragments.add(frame.content(), frame.isFinalFragment());
    if (refusal != null) {
      endFragments();
      session.close(refusal);
    } else if (frame.isFinalFragment()) {
      endFragments();
      receiver.receive(fragments.format, fragments.payload());
    }
  }

  private void endFragments() {
    if (fragments != null) {
      fragments.cancelDeadline();
      fragments = null;
    }
  }

  private void close(CloseWebSocketFrame close) {
    var code = close.statusCode();
    session.outbound().closedByPeer(code < 1000 || code > 4999 ? null : new CloseCode(code, ""));
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
    session.close(CloseCode.POLICY.because("too many control frames"));
    return false;
  }

  private static byte[] bytes(ByteBuf content) {
    var bytes = new byte[content.readableBytes()];
    content.readBytes(bytes);
    return bytes;
  }
}
