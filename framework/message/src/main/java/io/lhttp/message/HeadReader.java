package io.lhttp.message;

import io.lhttp.message.Message.Format;

/** Reads {@code *header-line CRLF}, the syntax that messages and parts share. */
final class HeadReader {
  private HeadReader() {}

  /**
   * Reads header lines up to the empty line or to {@code end}. The result ends before the empty
   * line.
   *
   * @param format in a binary message this method also checks that the values are UTF-8
   * @throws ProtocolException 400 or 431
   */
  static Headers lines(byte[] wire, int start, int end, Format format, CodecLimits limits) {
    var index = Headers.NO_LINES;
    var count = 0;
    var at = start;
    while (at < end && wire[at] != '\r') {
      if (count == limits.headerLines()) {
        throw new ProtocolException(431, at, "more than " + count + " header lines");
      }
      var colon = colon(wire, at, end);
      var lineEnd = valueEnd(wire, colon + 1, end);
      if (lineEnd - at > limits.headerLineBytes()) {
        throw new ProtocolException(
            431, at, "a header line of more than " + limits.headerLineBytes() + " bytes");
      }
      if (format == Format.BINARY && !Utf8.valid(wire, colon + 1, lineEnd)) {
        throw new ProtocolException(400, colon + 1, "a header's value is not UTF-8");
      }
      index = Headers.index(index, count++, wire, at, colon, lineEnd);
      at = crlf(wire, lineEnd, end);
    }
    var headers = new Headers(wire, index, count, at);
    refuseDoubledSingletons(headers);
    return headers;
  }

  /** Requires a CRLF at this index; returns the index after it. */
  static int crlf(byte[] wire, int at, int end) {
    if (end - at < 2 || wire[at] != '\r' || wire[at + 1] != '\n') {
      throw new ProtocolException(400, at, "a line of the head ends in CRLF");
    }
    return at + 2;
  }

  /**
   * Refuses a line that ends in LF alone, with a reason that names this common mistake of messages
   * written by hand.
   */
  static void refuseLineFeed(byte[] wire, int at, int end) {
    if (at < end && wire[at] == '\n') {
      throw new ProtocolException(400, at, "lines end in CRLF, not in LF alone");
    }
  }

  /** The index of the colon after the name that begins at {@code start}. */
  private static int colon(byte[] wire, int start, int end) {
    var i = start;
    while (i < end && Syntax.inName(wire[i])) {
      i++;
    }
    refuseLineFeed(wire, i, end);
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

  /** The index at which the value that begins at {@code start} ends, where a CRLF must follow. */
  private static int valueEnd(byte[] wire, int start, int end) {
    var i = start;
    while (i < end && Syntax.inValue(wire[i])) {
      i++;
    }
    refuseLineFeed(wire, i, end);
    if (i < end && wire[i] != '\r') {
      throw new ProtocolException(400, i, "a header's value has a control character");
    }
    return i;
  }

  private static void refuseDoubledSingletons(Headers headers) {
    if (headers.size() < 2) {
      return;
    }
    for (var name : Syntax.SINGLETONS) {
      var second = headers.findSecond(name);
      if (second >= 0) {
        throw new ProtocolException(
            400, headers.lineStart(second), "the header " + name + " stands twice");
      }
    }
  }
}
