package io.lhttp.message;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Optional;

/**
 * One part of a multipart body, a view of the message's bytes. Immutable; all threads may use it.
 */
public final class Part {
  private final Headers headers;
  private final byte[] bytes;
  private final int start;
  private final int end;

  Part(Headers headers, byte[] bytes, int start, int end) {
    this.headers = headers;
    this.bytes = bytes;
    this.start = start;
    this.end = end;
  }

  public Headers headers() {
    return headers;
  }

  /** The value of the first header of this name. */
  public Optional<String> header(String name) {
    return headers.first(name);
  }

  /** The body as text; bytes that are no UTF-8 become U+FFFD. */
  public String body() {
    return new String(bytes, start, end - start, UTF_8);
  }

  /** A copy of the body. */
  public byte[] bodyBytes() {
    return Arrays.copyOfRange(bytes, start, end);
  }

  /** A read-only view of the body, without a copy. */
  public ByteBuffer bodyBuffer() {
    return ByteBuffer.wrap(bytes, start, end - start).slice().asReadOnlyBuffer();
  }

  /** A text for logs and failed assertions, with the limits of {@link Message#toString}. */
  @Override
  public String toString() {
    return Preview.of(headers, bytes, start, end);
  }
}
