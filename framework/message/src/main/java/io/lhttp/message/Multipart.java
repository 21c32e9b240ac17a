package io.lhttp.message;

import io.lhttp.message.Message.Format;
import java.util.Arrays;
import java.util.List;

/**
 * Reads the offsets of the header {@code multipart}, and the parts of the body at these offsets.
 */
final class Multipart {
  private static final int MAX_DIGITS = 9;

  private Multipart() {}

  /**
   * Cuts the body into its parts.
   *
   * @param headers the message's headers, with the offsets in line {@code line}
   * @param wire the message's bytes; the body runs from {@code bodyStart} to their end
   * @throws ProtocolException 400 if the offsets or a part are malformed
   */
  static List<Part> parts(
      Headers headers, int line, byte[] wire, int bodyStart, Format format, CodecLimits limits) {
    var starts =
        starts(wire, headers.valueStart(line), headers.valueEnd(line), bodyStart, limits.parts());
    var parts = new Part[starts.length];
    for (var i = 0; i < parts.length; i++) {
      var end = i + 1 < starts.length ? starts[i + 1] : wire.length;
      parts[i] = part(wire, starts[i], end, format, limits);
    }
    return List.of(parts);
  }

  private static Part part(byte[] wire, int start, int end, Format format, CodecLimits limits) {
    try {
      var headers = HeadReader.lines(wire, start, end, format, limits);
      return new Part(headers, wire, HeadReader.crlf(wire, headers.end(), end), end);
    } catch (ProtocolException e) {
      throw malformed(e.offset(), e.reason());
    }
  }

  /** Returns the beginnings of the parts, from the list between {@code from} and {@code to}. */
  private static int[] starts(byte[] wire, int from, int to, int bodyStart, int max) {
    var starts = new int[Math.min(max, (to - from + 1) / 2)];
    var count = 0;
    for (var at = from; at < to; at++) {
      if (wire[at] == ' ') {
        continue;
      }
      var word = at;
      while (at < to && wire[at] != ' ') {
        at++;
      }
      var offset = number(wire, word, at);
      if (offset > wire.length - bodyStart) {
        throw malformed(word, "an offset lies past the end of the body");
      }
      var start = bodyStart + offset;
      if (count > 0 && start <= starts[count - 1]) {
        throw malformed(word, "offsets ascend");
      }
      if (count == max) {
        throw malformed(word, "more than " + max + " parts");
      }
      starts[count++] = start;
    }
    if (count == 0) {
      throw malformed(from, "no offset");
    }
    return Arrays.copyOf(starts, count);
  }

  private static int number(byte[] wire, int from, int to) {
    if (to - from > MAX_DIGITS) {
      throw malformed(from, "an offset has at most " + MAX_DIGITS + " digits");
    }
    var number = 0;
    for (var i = from; i < to; i++) {
      if (wire[i] < '0' || wire[i] > '9') {
        throw malformed(i, "an offset is a number");
      }
      number = number * 10 + (wire[i] - '0');
    }
    return number;
  }

  private static ProtocolException malformed(int offset, String reason) {
    return new ProtocolException(400, offset, "multipart: " + reason);
  }
}
