package io.lhttp.app.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.lhttp.app.http.HttpRequest.Malformed;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.regex.Pattern;

/** Reads the body of a request, of a known length or in chunks (RFC 9112, section 7.1). */
final class HttpBody {
  /** The longest line of a chunk or a trailer. */
  private static final int LINE = 256;

  /** The most lines of a trailer. */
  private static final int TRAILER = 16;

  /** The most chunks, so that none costs more than its bytes. */
  private static final int CHUNKS = 10_000;

  private static final Pattern SIZE = Pattern.compile("([0-9A-Fa-f]{1,8})[ \t]*(?:;.*)?");

  private HttpBody() {}

  /**
   * Reads a whole body.
   *
   * @throws Malformed 413 for a body of more than {@code most} bytes, 400 for malformed chunks
   */
  static byte[] read(HttpRequest request, InputStream in, int most) throws IOException, Malformed {
    return request.length() == HttpRequest.CHUNKED
        ? chunked(in, most)
        : exactly(request.length(), in, most);
  }

  private static byte[] exactly(long length, InputStream in, int most)
      throws IOException, Malformed {
    if (length > most) {
      throw tooLong(most);
    }
    var body = in.readNBytes((int) length);
    if (body.length < length) {
      throw new EOFException();
    }
    return body;
  }

  private static byte[] chunked(InputStream in, int most) throws IOException, Malformed {
    var body = new ByteArrayOutputStream();
    for (var i = 0; i < CHUNKS; i++) {
      var size = SIZE.matcher(line(in));
      if (!size.matches()) {
        throw new Malformed(400, "a malformed chunk");
      }
      var length = Long.parseLong(size.group(1), 16);
      if (length == 0) {
        skipTrailer(in);
        return body.toByteArray();
      }
      if (body.size() + length > most) {
        throw tooLong(most);
      }
      body.writeBytes(exactly(length, in, most));
      if (!line(in).isEmpty()) {
        throw new Malformed(400, "a malformed chunk");
      }
    }
    throw new Malformed(400, "too many chunks");
  }

  private static void skipTrailer(InputStream in) throws IOException, Malformed {
    for (var i = 0; i < TRAILER; i++) {
      if (line(in).isEmpty()) {
        return;
      }
    }
    throw new Malformed(431, "the trailer is too long");
  }

  /** Reads a line that ends in CR and LF. */
  private static String line(InputStream in) throws IOException, Malformed {
    var line = new ByteArrayOutputStream();
    for (var next = in.read(); next != '\n'; next = in.read()) {
      if (next < 0) {
        throw new EOFException();
      }
      if (line.size() == LINE) {
        throw new Malformed(400, "a malformed chunk");
      }
      line.write(next);
    }
    var text = line.toString(ISO_8859_1);
    if (!text.endsWith("\r")) {
      throw new Malformed(400, "a malformed chunk");
    }
    return text.substring(0, text.length() - 1);
  }

  private static Malformed tooLong(int most) {
    return new Malformed(413, "the body has more than %d bytes".formatted(most));
  }
}
