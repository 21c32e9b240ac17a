package io.lhttp.bench;

import io.netty.buffer.ByteBuf;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Counts the messages in a server's bytes by the headers of frames, across reads. It skips
 * payloads, except those of control frames.
 */
public final class FrameCounter {
  /** Handles a control frame of the server. */
  @FunctionalInterface
  public interface Control {
    void frame(int opcode, byte[] payload) throws IOException;
  }

  /**
   * Counts the messages of a protocol in which a frame holds several messages, or a part of one.
   */
  @FunctionalInterface
  public interface Content {
    /**
     * Reads the next bytes of the data frames' payload.
     *
     * @return the number of messages that ended in them
     */
    int count(ByteBuf part) throws IOException;

    /** Returns the number of messages that the end of a frame ends. */
    default int end() {
      return 0;
    }
  }

  static final int CLOSE = 0x8;
  static final int PING = 0x9;

  private static final int FIN = 0x80;
  private static final int OPCODE = 0x0f;
  private static final int CONTROL = 0x08;
  private static final int LENGTH = 0x7f;
  private static final int TWO_BYTES = 126;
  private static final int EIGHT_BYTES = 127;
  private static final byte[] NONE = {};

  private final @Nullable Content content;

  /** The first byte of the current frame, -1 between frames. */
  private int first = -1;

  /** The remaining bytes of an extended length, -1 before the frame's second byte. */
  private int lengthBytes = -1;

  private long remaining;
  private byte[] payload = NONE;

  /** Counts one message per frame, or per sequence of fragments. */
  public FrameCounter() {
    this.content = null;
  }

  /** Counts messages in the content of data frames. */
  public FrameCounter(Content content) {
    this.content = content;
  }

  /**
   * Reads bytes.
   *
   * @return the number of messages that ended in them
   * @throws IOException if the server masks a frame or sends a long control frame, which the
   *     protocol forbids
   */
  public int count(ByteBuf in, Control control) throws IOException {
    var messages = 0;
    while (in.isReadable()) {
      if (lengthBytes != 0) {
        header(in.readUnsignedByte());
      } else {
        messages += payload(in);
      }
      if (lengthBytes == 0 && remaining == 0) {
        messages += end(control);
      }
    }
    return messages;
  }

  private void header(int octet) throws IOException {
    if (first < 0) {
      first = octet;
    } else if (lengthBytes < 0) {
      if (octet > LENGTH) {
        throw new IOException("the server sent a masked frame");
      }
      if ((first & CONTROL) != 0 && octet >= TWO_BYTES) {
        throw new IOException("the server sent a control frame of more than 125 bytes");
      }
      lengthBytes = octet == TWO_BYTES ? 2 : octet == EIGHT_BYTES ? 8 : 0;
      remaining = lengthBytes == 0 ? octet : 0;
      payload = (first & CONTROL) != 0 && octet > 0 ? new byte[octet] : NONE;
    } else {
      remaining = (remaining << 8) | octet;
      lengthBytes--;
    }
  }

  private int payload(ByteBuf in) throws IOException {
    var length = (int) Math.min(remaining, in.readableBytes());
    var messages = 0;
    if (payload.length > 0) {
      in.readBytes(payload, payload.length - (int) remaining, length);
    } else if (content != null) {
      messages = content.count(in.readSlice(length));
    } else {
      in.skipBytes(length);
    }
    remaining -= length;
    return messages;
  }

  private int end(Control control) throws IOException {
    var octet = first;
    first = -1;
    lengthBytes = -1;
    if ((octet & CONTROL) != 0) {
      control.frame(octet & OPCODE, payload);
      return 0;
    }
    if (content != null) {
      return content.end();
    }
    return (octet & FIN) != 0 ? 1 : 0;
  }
}
