package io.lhttp.message;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Reads messages from bytes. Immutable and safe for all threads. Nothing but a {@link Message} or a
 * {@link ProtocolException} comes out of it, whatever the bytes.
 */
public final class MessageReader {
  /** With the protocol's default limits. */
  public static final MessageReader DEFAULT = new MessageReader(CodecLimits.DEFAULT);

  private static final String[] SINGLETONS = {"upstream", "multipart", "authorization", "id"};

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
   *     binary one the head is checked here.
   * @throws ProtocolException 400, 431 or 505
   */
  public Message read(byte[] wire, Message.Format format) {
    var commandEnd = startLine(wire);
    var lines = new Lines(wire, commandEnd + 2, wire.length, limits);
    lines.readHead(true);
    if (format == Message.Format.BINARY && !Utf8.valid(wire, 0, lines.bodyStart)) {
      throw new ProtocolException(400, 0, "the head is not UTF-8");
    }
    refuseDoubledSingletons(lines);
    return new Message(
        wire, format, commandEnd, lines.bodyStart, lines.headers(), lines.closed, limits);
  }

  /** Reads {@code *header-line CRLF body} between two offsets; the empty line must be there. */
  static Part readPart(byte[] wire, int start, int end, CodecLimits limits, int bodyStart) {
    var lines = new Lines(wire, start, end, limits);
    try {
      lines.readHead(false);
    } catch (ProtocolException e) {
      throw new ProtocolException(400, e.offset() - bodyStart, "multipart: " + e.reason());
    }
    return new Part(lines.headers(), wire, lines.bodyStart, end);
  }

  private static int startLine(byte[] wire) {
    var start = Syntax.START;
    var same = Arrays.mismatch(wire, start);
    if (same != -1 && same < start.length) {
      throw anotherVersion(wire)
          ? new ProtocolException(505, 6, "only LHTTP/1.0 is spoken here")
          : new ProtocolException(
              400, Math.min(same, wire.length), "a message starts with LHTTP/1.0 and a command");
    }
    var i = start.length;
    while (i < wire.length && wire[i] != '\r') {
      if (wire[i] == ' ' || Syntax.control(wire[i])) {
        throw new ProtocolException(400, i, "a command has no spaces and no control characters");
      }
      i++;
    }
    if (i == start.length) {
      throw new ProtocolException(400, i, "the command is empty");
    }
    if (i - start.length > Syntax.MAX_COMMAND) {
      throw new ProtocolException(
          400, start.length + Syntax.MAX_COMMAND, "the command is too long");
    }
    Lines.requireCrlf(wire, i, wire.length);
    return i;
  }

  /** {@code LHTTP/DIGITS.DIGITS SP} that is not 1.0. */
  private static boolean anotherVersion(byte[] wire) {
    var slash = 5;
    for (var i = 0; i <= slash; i++) {
      if (i >= wire.length || wire[i] != Syntax.START[i]) {
        return false;
      }
    }
    var dot = digits(wire, slash + 1);
    if (dot == slash + 1 || dot >= wire.length || wire[dot] != '.') {
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

  private static void refuseDoubledSingletons(Lines lines) {
    if (lines.count < 2) {
      return;
    }
    var headers = lines.headers();
    for (var name : SINGLETONS) {
      var first = headers.find(name, 0);
      var second = first < 0 ? -1 : headers.find(name, first + 1);
      if (second >= 0) {
        throw new ProtocolException(
            400, headers.lineStart(second), "the header " + name + " stands twice");
      }
    }
  }

  /** Header lines up to the empty line. */
  private static final class Lines {
    private static final int FEW = 4;

    private final byte[] wire;
    private final int end;
    private final CodecLimits limits;
    private int at;
    private int[] index = Headers.NO_LINES;
    private int count;
    private int bodyStart;
    private boolean closed = true;
    private @Nullable Headers headers;

    Lines(byte[] wire, int start, int end, CodecLimits limits) {
      this.wire = wire;
      this.at = start;
      this.end = end;
      this.limits = limits;
    }

    /**
     * @param mayBeUnclosed whether the head may end with the bytes, right after a line's CRLF
     */
    void readHead(boolean mayBeUnclosed) {
      while (true) {
        if (at == end && mayBeUnclosed) {
          closed = false;
          bodyStart = end;
          return;
        }
        if (at < end && wire[at] == '\r') {
          requireCrlf(wire, at, end);
          bodyStart = at + 2;
          return;
        }
        readLine();
      }
    }

    Headers headers() {
      if (headers == null) {
        headers = new Headers(wire, index, count);
      }
      return headers;
    }

    private void readLine() {
      if (count == limits.headerLines()) {
        throw new ProtocolException(431, at, "more than " + count + " header lines");
      }
      var lineStart = at;
      var colon = name(lineStart);
      var i = colon + 1;
      while (i < end && wire[i] != '\r') {
        if (Syntax.control(wire[i]) && wire[i] != '\t') {
          throw new ProtocolException(400, i, "a header's value has a control character");
        }
        i++;
        requireFits(i, lineStart);
      }
      requireCrlf(wire, i, end);
      add(lineStart, colon, i);
      at = i + 2;
    }

    private int name(int start) {
      var i = start;
      while (i < end && Syntax.token(wire[i])) {
        i++;
        requireFits(i, start);
      }
      if (i == end) {
        throw new ProtocolException(400, i, "the head ends in a header's name");
      }
      if (wire[i] != ':') {
        throw new ProtocolException(400, i, "a header's name is a token, followed by a colon");
      }
      if (i == start) {
        throw new ProtocolException(400, i, "a header's name is empty");
      }
      if (i - start > Syntax.MAX_NAME) {
        throw new ProtocolException(400, start + Syntax.MAX_NAME, "a header's name is too long");
      }
      return i;
    }

    private void requireFits(int i, int lineStart) {
      if (i - lineStart > limits.headerLineBytes()) {
        throw new ProtocolException(
            431, lineStart, "a header line of more than " + limits.headerLineBytes() + " bytes");
      }
    }

    private void add(int lineStart, int colon, int lineEnd) {
      var valueStart = colon + 1;
      var valueEnd = lineEnd;
      while (valueStart < valueEnd && Syntax.blank(wire[valueStart])) {
        valueStart++;
      }
      while (valueEnd > valueStart && Syntax.blank(wire[valueEnd - 1])) {
        valueEnd--;
      }
      var slot = count * Headers.STRIDE;
      if (slot == index.length) {
        index = Arrays.copyOf(index, slot == 0 ? FEW * Headers.STRIDE : slot * 2);
      }
      index[slot] = lineStart;
      index[slot + 1] = colon;
      index[slot + 2] = valueStart;
      index[slot + 3] = valueEnd;
      count++;
    }

    private static void requireCrlf(byte[] wire, int i, int end) {
      if (i + 1 >= end || wire[i] != '\r' || wire[i + 1] != '\n') {
        throw new ProtocolException(400, Math.min(i, end), "a line of the head ends in CRLF");
      }
    }
  }
}
