package io.lhttp.bench;

import io.netty.buffer.ByteBuf;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Counts the messages in a server's bytes by the frames' headers alone, wherever the reads cut
 * them. What a message carries is skipped; a control frame's payload is handed over.
 */
public final class FrameCounter {
  /** Takes a control frame of the server. */
  @FunctionalInterface
  public interface Control {
    void frame(int opcode, byte[] payload) throws IOException;
  }

  /** Counts the messages of a protocol that puts several of them, or parts, into one frame. */
  @FunctionalInterface
  public interface Content {
    /**
     * Reads all of these bytes, the next ones of the data frames' payload.
     *
     * @return how many messages came to their end in them
     */
    int count(ByteBuf part) throws IOException;
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

  /** The first byte of the frame that is being read, -1 between frames. */
  private int first = -1;

  /** How many bytes of a longer length are to come, -1 before the second byte. */
  private int lengthBytes = -1;

  private long remaining;
  private byte[] payload = NONE;

  /** Counts a message a frame, or the last of its fragments. */
  public FrameCounter() {
    this.content = null;
  }

  /** Lets the content of the data frames be counted instead. */
  public FrameCounter(Content content) {
    this.content = content;
  }

  /**
   * Reads all of these bytes.
   *
   * @return how many messages came to their end in them
   * @throws IOException where the server masks or sends a long control frame, which no server may
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
    return content == null && (octet & FIN) != 0 ? 1 : 0;
  }
}
