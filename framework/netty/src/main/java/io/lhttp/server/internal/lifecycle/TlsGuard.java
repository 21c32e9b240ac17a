package io.lhttp.server.internal.lifecycle;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.lhttp.internal.text.Json;
import io.lhttp.server.internal.websocket.LingeringClose;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.ReferenceCountUtil;

/**
 * Watches the bytes of one connection before TLS. It answers clients that speak plain HTTP. It
 * closes a connection that starts a second handshake, because each handshake costs some 20 ms of
 * CPU time.
 *
 * <p>It reads the types of records, which are never encrypted. After a change of cipher, one
 * handshake record follows in TLS 1.2 and in TLS 1.3; each further one starts a new handshake.
 */
final class TlsGuard extends ChannelInboundHandlerAdapter {
  private static final int CHANGE_CIPHER = 20;
  private static final int HANDSHAKE = 22;
  private static final int HEADER_BYTES = 5;

  private static final String BODY =
      Json.object(
          to -> to.number("status", 400).text("error", "this port speaks TLS: use https or wss"));
  private static final String PLAIN =
      "HTTP/1.1 400 Bad Request\r\nContent-Type: application/json\r\nContent-Length: "
          + BODY.length()
          + "\r\nConnection: close\r\n\r\n"
          + BODY;

  private boolean begun;
  private boolean over;

  private int headerBytes;
  private int type;
  private int lengthHigh;
  private int left;
  private boolean cipherChanged;
  private boolean shaken;

  @Override
  public void channelRead(ChannelHandlerContext context, Object received) {
    if (over || !(received instanceof ByteBuf bytes)) {
      ReferenceCountUtil.release(received);
    } else if (!begun && bytes.isReadable() && isLetter(bytes.getByte(bytes.readerIndex()))) {
      over = true;
      bytes.release();
      answer(context);
    } else if (handshakesAgain(bytes)) {
      over = true;
      bytes.release();
      context.close();
    } else {
      begun |= bytes.isReadable();
      context.fireChannelRead(bytes);
    }
  }

  private static void answer(ChannelHandlerContext context) {
    context.pipeline().remove(ServerInitializer.TLS);
    context
        .writeAndFlush(Unpooled.copiedBuffer(PLAIN, UTF_8))
        .addListener(LingeringClose.AFTERWARDS);
  }

  /**
   * Whether the byte is a letter. HTTP begins with a letter, a TLS record with a number below 32.
   */
  private static boolean isLetter(byte b) {
    return (b >= 'A' && b <= 'Z') || (b >= 'a' && b <= 'z');
  }

  private boolean handshakesAgain(ByteBuf bytes) {
    var at = bytes.readerIndex();
    while (at < bytes.writerIndex()) {
      if (left > 0) {
        var skipped = Math.min(left, bytes.writerIndex() - at);
        left -= skipped;
        at += skipped;
      } else if (header(bytes.getUnsignedByte(at++))) {
        return true;
      }
    }
    return false;
  }

  /**
   * Reads one byte of a record's header. Returns whether the byte shows that a new handshake
   * begins.
   */
  private boolean header(int b) {
    headerBytes++;
    if (headerBytes == 1) {
      type = b;
    } else if (headerBytes == HEADER_BYTES - 1) {
      lengthHigh = b;
    } else if (headerBytes == HEADER_BYTES) {
      left = lengthHigh << 8 | b;
      headerBytes = 0;
      if (type == CHANGE_CIPHER) {
        cipherChanged = true;
      } else if (type == HANDSHAKE && cipherChanged) {
        var again = shaken;
        shaken = true;
        return again;
      }
    }
    return false;
  }
}
