package io.lhttp.client;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.Optional;

/** Joins the fragments of a message. Used by the reading thread alone, of which there is one. */
final class MessageAssembler {
  private StringBuilder text = new StringBuilder();
  private ByteArrayOutputStream binary = new ByteArrayOutputStream();

  /** At least how many bytes the message has with this fragment: UTF-8 takes one for each char. */
  long sizeWith(CharSequence fragment) {
    return (long) text.length() + fragment.length();
  }

  /** How many bytes the message has with this fragment. */
  long sizeWith(ByteBuffer fragment) {
    return (long) binary.size() + fragment.remaining();
  }

  /** Takes a fragment of a text message and returns the message's bytes with its last one. */
  Optional<byte[]> add(CharSequence fragment, boolean last) {
    text.append(fragment);
    if (!last) {
      return Optional.empty();
    }
    var bytes = text.toString().getBytes(UTF_8);
    text = new StringBuilder();
    return Optional.of(bytes);
  }

  /** Takes a fragment of a binary message and returns the message's bytes with its last one. */
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
