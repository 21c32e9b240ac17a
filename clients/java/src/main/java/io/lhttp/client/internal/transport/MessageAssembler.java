package io.lhttp.client.internal.transport;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.Optional;

/** Joins the fragments of a message. Only the reading thread uses it. */
final class MessageAssembler {
  private StringBuilder text = new StringBuilder();
  private ByteArrayOutputStream binary = new ByteArrayOutputStream();

  /**
   * A lower bound of the message's bytes with this fragment: UTF-8 takes at least one for each
   * char.
   */
  long sizeWith(CharSequence fragment) {
    return (long) text.length() + fragment.length();
  }

  /** The message's bytes with this fragment. */
  long sizeWith(ByteBuffer fragment) {
    return (long) binary.size() + fragment.remaining();
  }

  /** Adds a fragment of a text message. Returns the message's bytes after the last fragment. */
  Optional<byte[]> add(CharSequence fragment, boolean last) {
    text.append(fragment);
    if (!last) {
      return Optional.empty();
    }
    var bytes = text.toString().getBytes(UTF_8);
    text = new StringBuilder();
    return Optional.of(bytes);
  }

  /** Adds a fragment of a binary message. Returns the message's bytes after the last fragment. */
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
