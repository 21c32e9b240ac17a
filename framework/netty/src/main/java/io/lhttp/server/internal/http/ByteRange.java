package io.lhttp.server.internal.http;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.util.List;
import java.util.regex.Pattern;

/**
 * The part of a file that a response carries (RFC 9110, section 14).
 *
 * @param status 200 for the whole file, 206 for a part, 416 if the range begins after the end
 * @param from the index of the first byte
 * @param length the number of bytes
 */
record ByteRange(HttpResponseStatus status, long from, long length) {
  /**
   * The form of a single range. The unit {@code bytes} may have any case; other units are ignored.
   */
  private static final Pattern RANGE = Pattern.compile("(?i:bytes)=[ \\t]*(\\d*)-(\\d*)[ \\t]*");

  /** The most digits of a number in a range; no file's size has more. */
  private static final int DIGITS = 18;

  static ByteRange whole(long size) {
    return new ByteRange(HttpResponseStatus.OK, 0, size);
  }

  /**
   * Returns the part for a request with a single valid range. Several ranges, a malformed one, or a
   * condition that names another version give the whole file.
   *
   * @param ranges every header {@code Range}
   * @param conditions every header {@code If-Range}
   * @param etag the file's only validator
   */
  static ByteRange of(List<String> ranges, List<String> conditions, String etag, long size) {
    if (ranges.size() != 1 || !(conditions.isEmpty() || conditions.equals(List.of(etag)))) {
      return whole(size);
    }
    var range = RANGE.matcher(ranges.getFirst());
    if (!range.matches() || (range.group(1).isEmpty() && range.group(2).isEmpty())) {
      return whole(size);
    }
    var second = range.group(2).isEmpty() ? Long.MAX_VALUE : number(range.group(2));
    if (range.group(1).isEmpty()) {
      var length = Math.min(second, size);
      return length == 0 ? beyond() : part(size - length, length);
    }
    var first = number(range.group(1));
    if (second < first) {
      return whole(size);
    }
    return first >= size ? beyond() : part(first, Math.min(second, size - 1) - first + 1);
  }

  boolean none() {
    return status.equals(HttpResponseStatus.REQUESTED_RANGE_NOT_SATISFIABLE);
  }

  /** Sets the headers that describe this part and say that the server accepts ranges. */
  void describe(HttpHeaders headers, long size) {
    headers.set(HttpHeaderNames.ACCEPT_RANGES, "bytes");
    if (none()) {
      headers.set(HttpHeaderNames.CONTENT_RANGE, "bytes */" + size);
    } else if (status.equals(HttpResponseStatus.PARTIAL_CONTENT)) {
      headers.set(
          HttpHeaderNames.CONTENT_RANGE, "bytes %d-%d/%d".formatted(from, from + length - 1, size));
    }
  }

  private static ByteRange part(long from, long length) {
    return new ByteRange(HttpResponseStatus.PARTIAL_CONTENT, from, length);
  }

  private static ByteRange beyond() {
    return new ByteRange(HttpResponseStatus.REQUESTED_RANGE_NOT_SATISFIABLE, 0, 0);
  }

  private static long number(String digits) {
    var plain = digits.replaceFirst("^0+(?=.)", "");
    return plain.length() > DIGITS ? Long.MAX_VALUE : Long.parseLong(plain);
  }
}
