package io.lhttp.server;

import io.lhttp.CloseCode;
import io.lhttp.message.Message;
import io.lhttp.message.Utf8;
import io.netty.buffer.ByteBuf;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** A message that comes in several frames. Confined to its connection's event loop. */
final class Fragments {
  final Message.Format format;
  final boolean compressed;
  @Nullable ScheduledFuture<?> deadline;

  private final Limits limits;
  private final boolean emptyFragments;
  private final Utf8 utf8 = new Utf8();
  private byte[] bytes = {};
  private int length;
  private int count;

  /**
   * @param compressed whether they are to be expanded before they are text
   * @param emptyFragments whether other fragments than the first and the last may be empty
   */
  Fragments(Message.Format format, boolean compressed, Limits limits, boolean emptyFragments) {
    this.format = format;
    this.compressed = compressed;
    this.limits = limits;
    this.emptyFragments = emptyFragments;
  }

  /** Why the connection has to be closed, or null where all is well. */
  @Nullable CloseCode add(ByteBuf content, boolean last) {
    var more = content.readableBytes();
    if (++count > limits.fragments()) {
      return CloseCode.POLICY.because("too many fragments");
    }
    if (more == 0 && !last && count > 1 && !emptyFragments) {
      return CloseCode.POLICY.because("empty fragment");
    }
    if (length + more > limits.messageBytes()) {
      return CloseCode.TOO_BIG;
    }
    var start = length;
    reserve(length + more);
    content.readBytes(bytes, start, more);
    length += more;
    if (format == Message.Format.TEXT
        && !compressed
        && (!utf8.feed(bytes, start, length) || (last && !utf8.complete()))) {
      return CloseCode.MALFORMED.because("not UTF-8");
    }
    return null;
  }

  byte[] payload() {
    return bytes.length == length ? bytes : Arrays.copyOf(bytes, length);
  }

  void cancelDeadline() {
    if (deadline != null) {
      deadline.cancel(false);
    }
  }

  private void reserve(int size) {
    if (size > bytes.length) {
      bytes =
          Arrays.copyOf(bytes, Math.max(size, (int) Math.min(2L * length, limits.messageBytes())));
    }
  }
}
