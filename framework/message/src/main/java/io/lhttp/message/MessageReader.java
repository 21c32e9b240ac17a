package io.lhttp.message;

import io.lhttp.message.Message.Format;

/**
 * Reads messages from bytes. For any bytes the result is a {@link Message} or a {@link
 * ProtocolException}. Immutable; all threads may use it.
 */
public final class MessageReader {
  /** A reader with the protocol's default limits. */
  public static final MessageReader DEFAULT = new MessageReader(CodecLimits.DEFAULT);

  /** The length of {@code LHTTP/}, with which the start line of every version begins. */
  private static final int PROTOCOL = "LHTTP/".length();

  private final CodecLimits limits;

  public MessageReader(CodecLimits limits) {
    this.limits = limits;
  }

  /**
   * Reads one message.
   *
   * @param wire the payload of one WebSocket message; the message keeps the array, so the caller
   *     must not change it afterwards
   * @param format the frame's type. The caller has checked that a text is well-formed UTF-8; of a
   *     binary message this method checks the head.
   * @throws ProtocolException 400, 431 or 505
   */
  public Message read(byte[] wire, Format format) {
    requireVersion(wire);
    var commandEnd = commandEnd(wire, format);
    var linesStart = HeadReader.crlf(wire, commandEnd, wire.length);
    var headers = HeadReader.lines(wire, linesStart, wire.length, format, limits);
    if (headers.end() < wire.length) {
      HeadReader.crlf(wire, headers.end(), wire.length);
    }
    return new Message(wire, format, commandEnd, headers, limits);
  }

  private static void requireVersion(byte[] wire) {
    var same = commonPrefix(wire);
    if (same < Syntax.START.length) {
      throw same >= PROTOCOL && version(wire)
          ? new ProtocolException(505, PROTOCOL, "only LHTTP/1.0 is spoken here")
          : new ProtocolException(400, same, "a message starts with LHTTP/1.0 and a command");
    }
  }

  /** The number of leading bytes that agree with the start line of version 1.0. */
  private static int commonPrefix(byte[] wire) {
    var i = 0;
    while (i < wire.length && i < Syntax.START.length && wire[i] == Syntax.START[i]) {
      i++;
    }
    return i;
  }

  /** Whether {@code DIGITS.DIGITS SP} follows {@code LHTTP/}. */
  private static boolean version(byte[] wire) {
    var dot = digits(wire, PROTOCOL);
    if (dot == PROTOCOL || dot == wire.length || wire[dot] != '.') {
      return false;
    }
    var end = digits(wire, dot + 1);
    return end > dot + 1 && end < wire.length && wire[end] == ' ';
  }

  private static int digits(byte[] wire, int from) {
    var i = from;
    while (i < wire.length && wire[i] >= '0' && wire[i] <= '9') {
      i++;
    }
    return i;
  }

  private static int commandEnd(byte[] wire, Format format) {
    var start = Syntax.START.length;
    var i = start;
    while (i < wire.length && Syntax.inCommand(wire[i])) {
      i++;
    }
    HeadReader.refuseLineFeed(wire, i, wire.length);
    if (i < wire.length && wire[i] != '\r') {
      throw new ProtocolException(400, i, "a command has no spaces and no control characters");
    }
    if (i == start) {
      throw new ProtocolException(400, i, "the command is empty");
    }
    if (i - start > Syntax.MAX_COMMAND) {
      throw new ProtocolException(400, start + Syntax.MAX_COMMAND, "the command is too long");
    }
    if (format == Format.BINARY && !Utf8.valid(wire, start, i)) {
      throw new ProtocolException(400, start, "the command is not UTF-8");
    }
    return i;
  }
}
