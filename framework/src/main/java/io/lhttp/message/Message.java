package io.lhttp.message;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * An LHTTP message: command, ordered headers, body. Immutable and safe for all threads.
 *
 * <p>It keeps the bytes that it was read from, so that an unchanged message is sent on without
 * being encoded again; strings are made when asked for.
 */
public final class Message {
  /** The type of the WebSocket frame that a message came in or goes out in. */
  public enum Format {
    /** All of the message is well-formed UTF-8. */
    TEXT,
    /** The head is UTF-8, the body any bytes. */
    BINARY
  }

  /** Takes a message's bytes, see {@link #writeTo}. */
  @FunctionalInterface
  public interface Sink {
    /** The array is the message's own: it is read, never changed or kept. */
    void write(byte[] bytes, int offset, int length);
  }

  private static final byte[] CRLF = {'\r', '\n'};

  private final byte[] wire;
  private final Format format;
  private final int commandEnd;
  private final int bodyStart;
  private final Headers headers;

  /**
   * Whether the empty line after the head is there; clients leave it away where no body follows.
   */
  private final boolean closed;

  private final CodecLimits limits;

  // Made when first asked for; a race makes an equal value twice, which is harmless.
  private @Nullable String command;
  private @Nullable List<Part> parts;

  Message(
      byte[] wire,
      Format format,
      int commandEnd,
      int bodyStart,
      Headers headers,
      boolean closed,
      CodecLimits limits) {
    this.wire = wire;
    this.format = format;
    this.commandEnd = commandEnd;
    this.bodyStart = bodyStart;
    this.headers = headers;
    this.closed = closed;
    this.limits = limits;
  }

  /** A text message without headers. */
  public static Message of(String command, String body) {
    return builder(command).body(body).build();
  }

  /** Starts a text message without headers and with an empty body. */
  public static Builder builder(String command) {
    return new Builder(command, Format.TEXT);
  }

  public String command() {
    var c = command;
    if (c == null) {
      c = new String(wire, Syntax.START.length, commandEnd - Syntax.START.length, UTF_8);
      command = c;
    }
    return c;
  }

  public Format format() {
    return format;
  }

  public Headers headers() {
    return headers;
  }

  /** The value of the first header of this name. */
  public Optional<String> header(String name) {
    return headers.first(name);
  }

  /** The body as text; bytes that are no UTF-8 (in a binary message) become U+FFFD. */
  public String body() {
    return new String(wire, bodyStart, wire.length - bodyStart, UTF_8);
  }

  /** A copy of the body. */
  public byte[] bodyBytes() {
    return Arrays.copyOfRange(wire, bodyStart, wire.length);
  }

  /** A read-only view of the body, without a copy. */
  public ByteBuffer bodyBuffer() {
    return ByteBuffer.wrap(wire, bodyStart, wire.length - bodyStart).slice().asReadOnlyBuffer();
  }

  /** The body's length in bytes. */
  public int bodyLength() {
    return wire.length - bodyStart;
  }

  /**
   * The parts that the header {@code multipart} cuts out of the body, without copying it; empty
   * without that header. All heads are checked at the first call.
   *
   * @throws ProtocolException 400 where the offsets or a part are malformed
   */
  public List<Part> parts() {
    var p = parts;
    if (p == null) {
      p =
          header("multipart")
              .map(value -> Multipart.parts(value, wire, bodyStart, wire.length, limits))
              .orElse(List.of());
      parts = p;
    }
    return p;
  }

  /** The length of the whole message in bytes. */
  public int size() {
    return wire.length;
  }

  /** Hands over the whole message's bytes, in one or several runs. */
  public void writeTo(Sink sink) {
    sink.write(wire, 0, wire.length);
  }

  /** A copy of the whole message's bytes. */
  public byte[] toBytes() {
    return wire.clone();
  }

  /**
   * This message without the headers of these names; the same instance where it has none of them.
   */
  public Message without(String... names) {
    var dropped = 0;
    for (var name : names) {
      if (headers.has(name)) {
        dropped++;
      }
    }
    return dropped == 0 ? this : toBuilder().without(names).build();
  }

  /**
   * This message with another body, in the same format; the head's bytes are used again. Lone
   * surrogates become question marks.
   */
  public Message withBody(String body) {
    var bytes = body.getBytes(UTF_8);
    var head = headEnd();
    var start = head + CRLF.length;
    var copy = Arrays.copyOf(wire, start + bytes.length);
    System.arraycopy(CRLF, 0, copy, head, CRLF.length);
    System.arraycopy(bytes, 0, copy, start, bytes.length);
    return new Message(copy, format, commandEnd, start, headers.over(copy), true, limits);
  }

  /** A builder that starts from this message. */
  public Builder toBuilder() {
    var builder = new Builder(command(), format);
    for (var i = 0; i < headers.size(); i++) {
      var start = headers.lineStart(i);
      var end = i + 1 < headers.size() ? headers.lineStart(i + 1) : headEnd();
      builder.lines.add(new Line(headers.name(i), wire, start, end));
    }
    builder.body = wire;
    builder.bodyStart = bodyStart;
    return builder;
  }

  /** The end of the last header line, its CRLF included. */
  private int headEnd() {
    return closed ? bodyStart - CRLF.length : bodyStart;
  }

  /** Equal bytes in an equal format. */
  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Message m && format == m.format && Arrays.equals(wire, m.wire);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(wire);
  }

  /** For debugging: names the command and sizes, never what a client wrote. */
  @Override
  public String toString() {
    return "Message[%d headers, %d body bytes, %s]".formatted(headers.size(), bodyLength(), format);
  }

  /** A header line as it stands in {@code bytes}, its CRLF included. */
  @SuppressWarnings("ArrayRecordComponent") // lines are never compared
  private record Line(String name, byte[] bytes, int start, int end) {
    static Line of(String name, String value) {
      requireToken(name);
      var line = (name + ":" + requireValue(name, value.strip()) + "\r\n").getBytes(UTF_8);
      return new Line(name, line, 0, line.length);
    }

    private static void requireToken(String name) {
      var ok = !name.isEmpty() && name.length() <= Syntax.MAX_NAME;
      for (var i = 0; ok && i < name.length(); i++) {
        ok = name.charAt(i) < 128 && Syntax.token((byte) name.charAt(i));
      }
      if (!ok) {
        throw new IllegalArgumentException(
            "a header's name is a token of 1 to 128 bytes, this is not: '%s'".formatted(name));
      }
    }

    private static String requireValue(String name, String value) {
      for (var i = 0; i < value.length(); i++) {
        var c = value.charAt(i);
        if ((c < 0x20 && c != '\t') || c == 0x7f) {
          throw new IllegalArgumentException(
              "the value of header '%s' has the control character 0x%02x at %d"
                  .formatted(name, (int) c, i));
        }
      }
      return value;
    }
  }

  /**
   * Makes a message. What it makes can be read back: names, values and the command are checked as
   * they are set, and {@link IllegalArgumentException} names the one that is wrong. Not
   * thread-safe.
   */
  public static final class Builder {
    private final List<Line> lines = new ArrayList<>();
    private Format format;
    private byte[] command;
    private byte[] body = {};
    private int bodyStart;

    private Builder(String command, Format format) {
      this.command = requireCommand(command);
      this.format = format;
    }

    public Builder command(String command) {
      this.command = requireCommand(command);
      return this;
    }

    /** Adds a header after those that are there. Spaces around the value are dropped. */
    public Builder header(String name, String value) {
      lines.add(Line.of(name, value));
      return this;
    }

    /** Adds headers after those that are there. */
    public Builder headers(Iterable<Header> headers) {
      for (var header : headers) {
        header(header.name(), header.value());
      }
      return this;
    }

    /** Drops the headers of these names. */
    public Builder without(String... names) {
      lines.removeIf(line -> Arrays.stream(names).anyMatch(line.name()::equalsIgnoreCase));
      return this;
    }

    /** Drops all headers. */
    public Builder withoutHeaders() {
      lines.clear();
      return this;
    }

    /** The body as text; the format stays. Lone surrogates become question marks. */
    public Builder body(String body) {
      return bytes(body.getBytes(UTF_8));
    }

    /** The body as bytes, which are copied; the format becomes binary. */
    public Builder body(byte[] body) {
      format = Format.BINARY;
      return bytes(body.clone());
    }

    /** A text's body has to be well-formed UTF-8, see {@link #build}. */
    public Builder format(Format format) {
      this.format = Objects.requireNonNull(format);
      return this;
    }

    /**
     * @throws IllegalArgumentException where a text's body is no well-formed UTF-8
     */
    public Message build() {
      if (format == Format.TEXT && !Utf8.valid(body, bodyStart, body.length)) {
        throw new IllegalArgumentException("the body of a text message is not UTF-8");
      }
      var commandEnd = Syntax.START.length + command.length;
      var size = commandEnd + 2 * CRLF.length + body.length - bodyStart;
      for (var line : lines) {
        size += line.end - line.start;
      }
      var wire = new byte[size];
      var at = put(wire, 0, Syntax.START, 0, Syntax.START.length);
      at = put(wire, at, command, 0, command.length);
      at = put(wire, at, CRLF, 0, CRLF.length);
      var index = lines.isEmpty() ? Headers.NO_LINES : new int[lines.size() * Headers.STRIDE];
      for (var i = 0; i < lines.size(); i++) {
        var line = lines.get(i);
        var end = put(wire, at, line.bytes, line.start, line.end);
        index(wire, index, i * Headers.STRIDE, at, end - CRLF.length);
        at = end;
      }
      at = put(wire, at, CRLF, 0, CRLF.length);
      put(wire, at, body, bodyStart, body.length);
      return new Message(
          wire,
          format,
          commandEnd,
          at,
          new Headers(wire, index, lines.size()),
          true,
          CodecLimits.DEFAULT);
    }

    private Builder bytes(byte[] body) {
      this.body = body;
      this.bodyStart = 0;
      return this;
    }

    private static int put(byte[] to, int at, byte[] from, int start, int end) {
      System.arraycopy(from, start, to, at, end - start);
      return at + end - start;
    }

    private static void index(byte[] wire, int[] index, int slot, int start, int end) {
      var colon = start;
      while (wire[colon] != ':') {
        colon++;
      }
      var valueStart = colon + 1;
      var valueEnd = end;
      while (valueStart < valueEnd && Syntax.blank(wire[valueStart])) {
        valueStart++;
      }
      while (valueEnd > valueStart && Syntax.blank(wire[valueEnd - 1])) {
        valueEnd--;
      }
      index[slot] = start;
      index[slot + 1] = colon;
      index[slot + 2] = valueStart;
      index[slot + 3] = valueEnd;
    }

    private static byte[] requireCommand(String command) {
      var bytes = command.getBytes(UTF_8);
      var ok = bytes.length > 0 && bytes.length <= Syntax.MAX_COMMAND;
      for (var b : bytes) {
        ok &= b != ' ' && !Syntax.control(b);
      }
      if (!ok) {
        throw new IllegalArgumentException(
            "a command has 1 to 128 bytes, no space and no control character");
      }
      return bytes;
    }
  }
}
