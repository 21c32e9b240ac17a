package io.lhttp.message;

import java.util.ArrayList;
import java.util.List;

/** The offsets of the header {@code multipart} and the parts that they cut out of a body. */
final class Multipart {
  private static final int MAX_DIGITS = 9;

  private Multipart() {}

  /**
   * @param value what the header says
   * @param wire the message's bytes; the body runs from {@code bodyStart} to {@code bodyEnd}
   * @throws ProtocolException 400, with the offset in the body where that is known
   */
  static List<Part> parts(
      String value, byte[] wire, int bodyStart, int bodyEnd, CodecLimits limits) {
    var offsets = offsets(value, bodyEnd - bodyStart, limits.parts());
    var parts = new ArrayList<Part>(offsets.size());
    for (var i = 0; i < offsets.size(); i++) {
      var start = bodyStart + offsets.get(i);
      var end = i + 1 < offsets.size() ? bodyStart + offsets.get(i + 1) : bodyEnd;
      parts.add(MessageReader.readPart(wire, start, end, limits, bodyStart));
    }
    return List.copyOf(parts);
  }

  private static List<Integer> offsets(String value, int bodyLength, int max) {
    var offsets = new ArrayList<Integer>();
    var last = -1;
    for (var i = 0; i < value.length(); ) {
      var start = i;
      while (i < value.length() && value.charAt(i) != ' ') {
        i++;
      }
      if (i > start) {
        var offset = number(value, start, i);
        if (offset <= last) {
          throw malformed(offset, "offsets ascend");
        }
        if (offset > bodyLength) {
          throw malformed(bodyLength, "an offset lies past the end of the body");
        }
        if (offsets.size() == max) {
          throw malformed(offset, "more than " + max + " parts");
        }
        offsets.add(offset);
        last = offset;
      }
      i++;
    }
    if (offsets.isEmpty()) {
      throw malformed(0, "no offset");
    }
    return offsets;
  }

  private static int number(String value, int start, int end) {
    if (end - start > MAX_DIGITS) {
      throw malformed(0, "an offset has at most " + MAX_DIGITS + " digits");
    }
    var number = 0;
    for (var i = start; i < end; i++) {
      var c = value.charAt(i);
      if (c < '0' || c > '9') {
        throw malformed(0, "an offset is a number");
      }
      number = number * 10 + (c - '0');
    }
    return number;
  }

  private static ProtocolException malformed(int offset, String reason) {
    return new ProtocolException(400, offset, "multipart: " + reason);
  }
}
