package io.lhttp.scripts.text;

import java.nio.ByteBuffer;
import org.graalvm.polyglot.HostAccess;
import org.graalvm.polyglot.Value;
import org.jspecify.annotations.Nullable;

/** An attribute whose value is bytes, as a script reads it. Immutable. */
public final class BytesValue {
  private final byte[] bytes;

  BytesValue(byte[] bytes) {
    this.bytes = bytes;
  }

  /** Copies the bytes of a script's buffer. */
  public static byte[] read(Value buffer) {
    var bytes = new byte[Math.toIntExact(buffer.getBufferSize())];
    buffer.readBuffer(0, bytes, 0, bytes.length);
    return bytes;
  }

  /** Returns null, because the value is bytes and no JSON. */
  @HostAccess.Export
  public @Nullable String text() {
    return null;
  }

  /** Returns the bytes. The script copies them. */
  @HostAccess.Export
  public ByteBuffer bytes() {
    return ByteBuffer.wrap(bytes).asReadOnlyBuffer();
  }
}
