package io.lhttp.server.internal.websocket;

import io.lhttp.message.Message;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.Arrays;
import java.util.zip.DataFormatException;
import java.util.zip.Deflater;
import java.util.zip.Inflater;
import org.jspecify.annotations.Nullable;

/**
 * Compresses and expands single messages (RFC 7692, section 7.2) for all connections of one event
 * loop. Confined to that event loop.
 */
public final class Deflate {
  /**
   * The length in bytes from which messages are compressed; RFC 7692, section 6, lets the sender
   * choose.
   */
  public static final int FROM = 512;

  /** The last bytes of a compressed message, which senders leave out (RFC 7692, section 7.2.1). */
  private static final byte[] TAIL = {0, 0, (byte) 0xff, (byte) 0xff};

  private static final int GROWTH = 4;
  private static final int FEW = 256;

  // Each of the two holds 10 to 260 KB outside the heap, so it is created at its first use.
  private @Nullable Inflater inflater;
  private @Nullable Deflater deflater;

  /** Thrown for a message that expands to more bytes than allowed. */
  public static final class TooLongException extends Exception {
    private static final long serialVersionUID = 1;

    private TooLongException() {
      super("the message expands to too much", null, false, false);
    }
  }

  /**
   * Expands a message's payload. At most {@code most} bytes are kept in memory.
   *
   * @throws DataFormatException if the payload is not compressed as agreed
   * @throws TooLongException if it expands to more than {@code most} bytes
   */
  public byte[] inflate(byte[] payload, int most) throws DataFormatException, TooLongException {
    if (inflater == null) {
      inflater = new Inflater(true);
    }
    try {
      var out = new Expanded(Math.min(most, Math.max(FEW, GROWTH * payload.length)), most);
      out.expand(inflater, payload);
      out.expand(inflater, TAIL);
      return out.bytes();
    } finally {
      inflater.reset();
    }
  }

  /** Returns a compressed frame of the message; null if it would not be shorter. */
  @Nullable
  public ByteBuf frame(ByteBufAllocator allocator, Message message) {
    if (deflater == null) {
      deflater = new Deflater(Deflater.BEST_SPEED, true);
    }
    var compressor = deflater;
    var frame = allocator.ioBuffer(Frames.MAX_HEADER + message.size());
    try {
      var out = frame.nioBuffer(Frames.MAX_HEADER, message.size());
      message.writeTo((bytes, offset, length) -> {
        compressor.setInput(bytes, offset, length);
        compressor.deflate(out, Deflater.NO_FLUSH);
      });
      compressor.deflate(out, Deflater.SYNC_FLUSH);
      if (out.hasRemaining()) {
        return Frames.compressed(frame, message.format(), out.position() - TAIL.length);
      }
    } finally {
      compressor.reset();
    }
    frame.release();
    return null;
  }

  /** The bytes of one message as far as they are expanded. */
  private static final class Expanded {
    private final int most;
    private byte[] bytes;
    private int length;

    Expanded(int size, int most) {
      this.bytes = new byte[size];
      this.most = most;
    }

    void expand(Inflater inflater, byte[] input) throws DataFormatException, TooLongException {
      inflater.setInput(input); // a raw deflate stream never asks for a dictionary
      for (var more = 1; more > 0 || !inflater.needsInput(); length += more) {
        if (length == bytes.length) {
          grow(inflater);
        }
        more = inflater.inflate(bytes, length, bytes.length - length);
        if (inflater.finished()) { // a last block; others may follow (RFC 7692, section 7.2.3.4)
          var rest = inflater.getRemaining();
          inflater.reset();
          inflater.setInput(input, input.length - rest, rest);
        }
      }
    }

    byte[] bytes() {
      return length == bytes.length ? bytes : Arrays.copyOf(bytes, length);
    }

    /**
     * Grows the array; its largest size is one byte more than allowed, which shows that the message
     * is too long.
     */
    private void grow(Inflater inflater) throws DataFormatException, TooLongException {
      if (length < most) {
        bytes = Arrays.copyOf(bytes, (int) Math.min(most, 2L * length));
      } else {
        var one = new byte[1];
        if (inflater.inflate(one) > 0) {
          throw new TooLongException();
        }
      }
    }
  }
}
