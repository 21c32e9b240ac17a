package io.lhttp.server.internal.websocket;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.lhttp.CloseStatus;
import io.lhttp.message.Message;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;

/** Encodes the server's WebSocket frames: whole messages, not masked (RFC 6455, section 5.2). */
public final class Frames {
  private static final int FINAL = 0x80;
  private static final int TEXT = 0x1;
  private static final int BINARY = 0x2;
  private static final int CLOSE = 0x8;
  private static final int PING = 0x9;
  private static final int PONG = 0xA;

  /** The bit of a compressed message (RFC 7692, section 6). */
  static final int RSV1 = 0x40;

  /** The longest header of an unmasked frame. */
  static final int MAX_HEADER = 10;

  private static final ByteBuf EMPTY_PING =
      Unpooled.unreleasableBuffer(
          Unpooled.directBuffer(2).writeByte(FINAL | PING).writeByte(0).asReadOnly());

  private Frames() {}

  public static ByteBuf message(ByteBufAllocator allocator, Message message) {
    var frame = allocator.ioBuffer(length(message));
    write(frame, message);
    return frame;
  }

  /** The length of a message's frame in bytes. */
  public static int length(Message message) {
    return header(message.size()) + message.size();
  }

  /** Appends a message's frame. */
  public static void write(ByteBuf to, Message message) {
    begin(to, opcode(message.format()), message.size());
    message.writeTo(to::writeBytes);
  }

  public static ByteBuf message(ByteBufAllocator allocator, Message.Format format, byte[] payload) {
    return begin(allocator, opcode(format), payload.length).writeBytes(payload);
  }

  /**
   * Writes the header of a compressed message right before its payload, which begins at {@link
   * #MAX_HEADER}.
   */
  static ByteBuf compressed(ByteBuf frame, Message.Format format, int length) {
    var header = header(length);
    frame.setIndex(MAX_HEADER - header, MAX_HEADER - header);
    return begin(frame, RSV1 | opcode(format), length).writerIndex(MAX_HEADER + length);
  }

  public static ByteBuf ping() {
    return EMPTY_PING.duplicate();
  }

  public static ByteBuf pong(ByteBufAllocator allocator, ByteBuf payload) {
    return begin(allocator, PONG, payload.readableBytes()).writeBytes(payload);
  }

  public static ByteBuf close(ByteBufAllocator allocator, CloseStatus code) {
    var reason = code.reason().getBytes(UTF_8);
    return begin(allocator, CLOSE, 2 + reason.length).writeShort(code.code()).writeBytes(reason);
  }

  /** Returns the answer to a close frame without a code. */
  public static ByteBuf emptyClose(ByteBufAllocator allocator) {
    return begin(allocator, CLOSE, 0);
  }

  private static int opcode(Message.Format format) {
    return format == Message.Format.TEXT ? TEXT : BINARY;
  }

  private static ByteBuf begin(ByteBufAllocator allocator, int opcode, int length) {
    return begin(allocator.ioBuffer(header(length) + length), opcode, length);
  }

  private static int header(int length) {
    return length < 126 ? 2 : length < 65_536 ? 4 : MAX_HEADER;
  }

  private static ByteBuf begin(ByteBuf frame, int opcode, int length) {
    frame.writeByte(FINAL | opcode);
    if (length < 126) {
      return frame.writeByte(length);
    }
    return length < 65_536
        ? frame.writeByte(126).writeShort(length)
        : frame.writeByte(127).writeLong(length);
  }
}
