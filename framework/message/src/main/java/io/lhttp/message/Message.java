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
 * An LHTTP message: command, ordered headers, body. Immutable; all threads may use it.
 *
 * <p>It keeps its received bytes, so that an unchanged message is sent without being encoded again.
 * It creates strings on demand.
 */
public final class Message {
  /** The type of the WebSocket frame that carries a message. */
  public enum Format {
    /** The whole message is well-formed UTF-8. */
    TEXT,
    /** The head is UTF-8, the body may be any bytes. */
    BINARY
  }

  /** Receives a message's bytes from {@link #writeTo}. */
  @FunctionalInterface
  public interface Sink {
    /**
     * Receives bytes. The array belongs to the message: a sink reads it, but never changes or keeps
     * it.
     */
    void write(byte[] bytes, int offset, int length);
  }

  private final byte[] wire;
  private final Format format;
  private final int commandEnd;
  private final int bodyStart;
  private final Headers headers;

  /** The limits of the message's parts. */
  private final CodecLimits limits;

  // Created on demand; two threads may create equal strings at the same time, which is harmless.
  private @Nullable String command;
  private @Nullable List<Part> parts;

  Message(byte[] wire, Format format, int commandEnd, Headers headers, CodecLimits limits) {
    this.wire = wire;
    this.format = format;
    this.commandEnd = commandEnd;
    // clients may omit the empty line if there is no body
    this.bodyStart = Math.min(headers.end() + Syntax.CRLF.length, wire.length);
    this.headers = headers;
    this.limits = limits;
  }

  /** A text message without headers. */
  public static Message of(String command, String body) {
    return builder(command).body(body).build();
  }

  /** Starts a text message without headers and with an empty body. */
  public static Builder builder(String command) {
    return new Builder(Syntax.command(command), Format.TEXT, CodecLimits.DEFAULT);
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
   * Returns the parts that the header {@code multipart} cuts out of the body, without copying it;
   * empty without that header. The first call checks the heads of all parts.
   *
   * @throws ProtocolException 400 if the offsets or a part are malformed
   */
  public List<Part> parts() {
    var p = parts;
    if (p == null) {
      var line = headers.find("multipart", 0);
      p = line < 0 ? List.of() : Multipart.parts(headers, line, wire, bodyStart, format, limits);
      parts = p;
    }
    return p;
  }

  /** The length of the whole message in bytes. */
  public int size() {
    return wire.length;
  }

  /** Passes the whole message's bytes to the sink, in one or several calls. */
  public void writeTo(Sink sink) {
    sink.write(wire, 0, wire.length);
  }

  /** A copy of the whole message's bytes. */
  public byte[] toBytes() {
    return wire.clone();
  }

  /**
   * Returns this message without the headers of these names; the same instance if it has none of
   * them.
   */
  public Message without(String... names) {
    for (var name : names) {
      if (headers.has(name)) {
        return toBuilder().without(names).build();
      }
    }
    return this;
  }

  /** As {@link #without(String...)}, with one look at each header of the message. */
  public Message without(HeaderNames names) {
    return headers.hasAny(names) ? toBuilder().without(names.names()).build() : this;
  }

  /**
   * Returns this message with one more header after the others; all other bytes stay the same.
   *
   * @throws IllegalArgumentException if the header is malformed, or may occur only once and is
   *     present
   */
  public Message with(String name, String value) {
    var line = Line.of(name, value);
    for (var singleton : Syntax.SINGLETONS) {
      if (line.named(singleton) && headers.has(singleton)) {
        throw new IllegalArgumentException("the header " + singleton + " stands twice");
      }
    }
    var at = headers.end();
    var copy = new byte[wire.length + line.length()];
    var behind = put(copy, put(copy, 0, wire, 0, at), line.bytes());
    put(copy, behind, wire, at, wire.length);
    return new Message(copy, format, commandEnd, headers.with(copy, line), limits);
  }

  /**
   * Returns this message with this header in place of all headers of its name: at the place of the
   * first one, or after the others. All other bytes stay the same.
   *
   * @throws IllegalArgumentException if the header is malformed
   */
  public Message withOnly(String name, String value) {
    var place = headers.find(name, 0);
    if (place < 0) {
      return with(name, value);
    }
    if (headers.find(name, place + 1) >= 0) {
      return toBuilder().set(name, value).build();
    }
    var line = Line.of(name, value);
    var from = headers.lineStart(place);
    var to = headers.lineStart(place + 1);
    var copy = new byte[wire.length + line.length() - (to - from)];
    var behind = put(copy, put(copy, 0, wire, 0, from), line.bytes());
    put(copy, behind, wire, to, wire.length);
    return new Message(copy, format, commandEnd, headers.with(copy, place, line), limits);
  }

  /**
   * Returns this message with another body, in the same format. The result reuses the encoded
   * command and headers. Lone surrogates become question marks.
   */
  public Message withBody(String body) {
    var bytes = body.getBytes(UTF_8);
    var start = headers.end() + Syntax.CRLF.length;
    var copy = Arrays.copyOf(wire, start + bytes.length);
    put(copy, put(copy, headers.end(), Syntax.CRLF), bytes);
    return new Message(copy, format, commandEnd, headers.over(copy), limits);
  }

  /** Returns a builder that starts from this message. */
  public Builder toBuilder() {
    var command = Arrays.copyOfRange(wire, Syntax.START.length, commandEnd);
    var builder = new Builder(command, format, limits);
    for (var i = 0; i < headers.size(); i++) {
      builder.lines.add(
          new Line(wire, headers.lineStart(i), headers.nameEnd(i), headers.lineStart(i + 1)));
    }
    builder.body = wire;
    builder.bodyStart = bodyStart;
    builder.wellFormed = format == Format.TEXT;
    return builder;
  }

  /** Compares bytes and format. */
  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Message m && format == m.format && Arrays.equals(wire, m.wire);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(wire);
  }

  /**
   * A text for logs and failed assertions, in one line of at most 1,000 characters: {@code
   * Message[chat {publish: kitchen, authorization: …} "soup is ready"]}.
   *
   * <p>It cuts long values and bodies, escapes control characters, and shows a body that is no
   * UTF-8 as its length. It hides values of headers and keys whose names say that they are secrets,
   * such as {@code authorization}, {@code cookie} and {@code x-auth-token}, and texts that look
   * like tokens and logins. Other texts of clients stay. The form may change.
   */
  @Override
  public String toString() {
    return Preview.of(command(), headers, wire, bodyStart);
  }

  private static int put(byte[] to, int at, byte[] from) {
    return put(to, at, from, 0, from.length);
  }

  /** Copies bytes; returns the index after the copy. */
  private static int put(byte[] to, int at, byte[] from, int start, int end) {
    System.arraycopy(from, start, to, at, end - start);
    return at + end - start;
  }

  /**
   * Builds a message. Each method checks its value and throws {@link IllegalArgumentException} with
   * the reason, so that a {@link MessageReader} with large enough limits accepts the result. Lone
   * surrogates become question marks. Not thread-safe.
   */
  public static final class Builder {
    private final List<Line> lines = new ArrayList<>();
    private final CodecLimits limits;
    private byte[] command;
    private Format format;
    private byte[] body = {};
    private int bodyStart;

    /** Whether the body is known to be well-formed UTF-8. */
    private boolean wellFormed = true;

    private Builder(byte[] command, Format format, CodecLimits limits) {
      this.command = command;
      this.format = format;
      this.limits = limits;
    }

    /** Sets the command. */
    public Builder command(String command) {
      this.command = Syntax.command(command);
      return this;
    }

    /** Adds a header after the others, without the spaces and tabs around the value. */
    public Builder header(String name, String value) {
      lines.add(Line.of(name, value));
      return this;
    }

    /** Adds headers after the others. */
    public Builder headers(Iterable<Header> headers) {
      for (var header : headers) {
        header(header.name(), header.value());
      }
      return this;
    }

    /**
     * Sets the values of a header, at the place of its first line, or after the others. Without
     * values, removes the header.
     */
    public Builder set(String name, String... values) {
      var set = new ArrayList<Line>(values.length); // first, as a malformed value changes nothing
      for (var value : values) {
        set.add(Line.of(name, value));
      }
      var place = 0;
      while (place < lines.size() && !lines.get(place).named(name)) {
        place++;
      }
      without(name);
      lines.addAll(place, set);
      return this;
    }

    /** Removes the headers of these names. */
    public Builder without(String... names) {
      lines.removeIf(line -> line.named(names));
      return this;
    }

    /** Removes all headers. */
    public Builder withoutHeaders() {
      lines.clear();
      return this;
    }

    /** Sets the body as text; the format stays. */
    public Builder body(String body) {
      return body(body.getBytes(UTF_8), true);
    }

    /** Sets the body to a copy of these bytes; the format becomes binary. */
    public Builder body(byte[] body) {
      format = Format.BINARY;
      return body(body.clone(), false);
    }

    private Builder body(byte[] body, boolean wellFormed) {
      this.body = body;
      this.bodyStart = 0;
      this.wellFormed = wellFormed;
      return this;
    }

    /** Sets the format. The body of a text must be well-formed UTF-8, see {@link #build}. */
    public Builder format(Format format) {
      this.format = Objects.requireNonNull(format);
      return this;
    }

    /**
     * Builds the message.
     *
     * @throws IllegalArgumentException if a text's body is not well-formed UTF-8, or a header that
     *     may occur only once occurs twice
     */
    public Message build() {
      if (format == Format.TEXT && !wellFormed && !Utf8.valid(body, bodyStart, body.length)) {
        throw new IllegalArgumentException("the body of a text message is not UTF-8");
      }
      var commandEnd = Syntax.START.length + command.length;
      var wire = new byte[commandEnd + 2 * Syntax.CRLF.length + linesLength() + bodyLength()];
      put(wire, put(wire, put(wire, 0, Syntax.START), command), Syntax.CRLF);
      var headers = putLines(wire, commandEnd + Syntax.CRLF.length);
      put(wire, put(wire, headers.end(), Syntax.CRLF), body, bodyStart, body.length);
      return new Message(wire, format, commandEnd, headers, limits);
    }

    private int linesLength() {
      var length = 0;
      for (var line : lines) {
        length += line.length();
      }
      return length;
    }

    private int bodyLength() {
      return body.length - bodyStart;
    }

    private Headers putLines(byte[] wire, int start) {
      var index = Headers.NO_LINES;
      var at = start;
      for (var i = 0; i < lines.size(); i++) {
        var line = lines.get(i);
        var colon = at + line.colon() - line.start();
        var end = put(wire, at, line.bytes(), line.start(), line.end());
        index = Headers.index(index, i, wire, at, colon, end - Syntax.CRLF.length);
        at = end;
      }
      var headers = new Headers(wire, index, lines.size(), at);
      for (var name : Syntax.SINGLETONS) {
        if (headers.findSecond(name) >= 0) {
          throw new IllegalArgumentException("the header " + name + " stands twice");
        }
      }
      return headers;
    }
  }
}
