package io.lhttp.client.internal.transport;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.Optional;

/** Joins the fragments of a message. Only the thread that reads the transport uses it. */
final class MessageAssembler {
  private StringBuilder text = new StringBuilder();
  private ByteArrayOutputStream binary = new ByteArrayOutputStream();

  /**
   * Returns a lower bound for the bytes of the message with this fragment: UTF-8 needs at least one
   * byte per char.
   */
  long sizeWith(CharSequence fragment) {
    return (long) text.length() + fragment.length();
  }

  /** Returns the number of bytes of the message with this fragment. */
  long sizeWith(ByteBuffer fragment) {
    return (long) binary.size() + fragment.remaining();
  }

  /** Adds a fragment of a text message. After the last fragment, returns the message's bytes. */
  Optional<byte[]> add(CharSequence fragment, boolean last) {
    text.append(fragment);
    if (!last) {
      return Optional.empty();
    }
    var bytes = text.toString().getBytes(UTF_8);
    text = new StringBuilder();
    return Optional.of(bytes);
  }

  /** Adds a fragment of a binary message. After the last fragment, returns the message's bytes. */
  Optional<byte[]> add(ByteBuffer fragment, boolean last) {
    var chunk = new byte[fragment.remaining()];
    fragment.get(chunk);
    binary.writeBytes(chunk);
    if (!last) {
      return Optional.empty();
    }
    var bytes = binary.toByteArray();
    binary = new ByteArrayOutputStream();
    return Optional.of(bytes);
  }
}
