package io.lhttp.bench;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.util.Arrays;
import java.util.regex.Pattern;

/** Reads the status of HTTP responses, across reads. */
final class ResponseReader {
  private static final int MAX_HEAD = 8192;
  private static final Pattern STATUS = Pattern.compile("HTTP/1\\.1 (\\d{3}) ");
  private static final Pattern LENGTH =
      Pattern.compile("\r\ncontent-length: *(\\d{1,9})\r\n", Pattern.CASE_INSENSITIVE);

  private byte[] head = new byte[512];
  private int size;
  private int status;
  private int remaining;

  /**
   * Reads up to the end of one response, and leaves the rest.
   *
   * @return its status, or 0 if its end has not come yet
   * @throws IOException if the bytes are no response
   */
  int next(ByteBuf in) throws IOException {
    while (status == 0 && in.isReadable()) {
      if (size == head.length) {
        head = Arrays.copyOf(head, 2 * size);
      }
      head[size++] = in.readByte();
      if (size > MAX_HEAD) {
        throw new IOException("a response's head of more than %d bytes".formatted(MAX_HEAD));
      }
      if (head[size - 1] == '\n' && endsHead()) {
        parse(new String(head, 0, size, US_ASCII));
      }
    }
    var body = Math.min(remaining, in.readableBytes());
    in.skipBytes(body);
    remaining -= body;
    if (status == 0 || remaining > 0) {
      return 0;
    }
    var done = status;
    status = 0;
    size = 0;
    return done;
  }

  private boolean endsHead() {
    return size >= 4 && head[size - 2] == '\r' && head[size - 3] == '\n' && head[size - 4] == '\r';
  }

  private void parse(String text) throws IOException {
    var line = STATUS.matcher(text);
    if (!line.lookingAt()) {
      throw new IOException("no HTTP/1.1 response: " + text.lines().findFirst().orElse(""));
    }
    var length = LENGTH.matcher(text);
    remaining = length.find() ? Integer.parseInt(length.group(1)) : 0;
    status = Integer.parseInt(line.group(1));
  }
}
