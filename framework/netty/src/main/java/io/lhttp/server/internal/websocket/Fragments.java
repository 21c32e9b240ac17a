package io.lhttp.server.internal.websocket;

import io.lhttp.CloseStatus;
import io.lhttp.message.Message;
import io.lhttp.message.Utf8;
import io.lhttp.server.Limits;
import io.lhttp.server.internal.limit.Budget;
import io.netty.buffer.ByteBuf;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A message that arrives in several frames; the frame handler owns it. Confined to the connection's
 * event loop.
 */
public final class Fragments {
  public final Message.Format format;
  public final boolean compressed;
  @Nullable public ScheduledFuture<?> deadline;

  private final Limits limits;
  private final Budget budget;
  private final Utf8 utf8 = new Utf8();
  private byte[] bytes = {};
  private int length;
  private int count;

  /** The number of bytes that the budget counts for this message. */
  private int taken;

  /**
   * @param compressed whether the joined fragments are a compressed message, so that their bytes
   *     are not UTF-8 yet
   */
  public Fragments(Message.Format format, boolean compressed, Limits limits, Budget budget) {
    this.format = format;
    this.compressed = compressed;
    this.limits = limits;
    this.budget = budget;
  }

  /** Adds a fragment. Returns null, or the status with which the connection has to be closed. */
  @Nullable
  public CloseStatus add(ByteBuf content, boolean last) {
    var more = content.readableBytes();
    if (++count > limits.fragments()) {
      return CloseStatus.POLICY.because("too many fragments");
    }
    if (length + more > limits.messageBytes()) {
      return CloseStatus.TOO_BIG;
    }
    var start = length;
    if (!reserve(length + more)) {
      return CloseStatus.BUSY;
    }
    content.readBytes(bytes, start, more);
    length += more;
    if (format == Message.Format.TEXT
        && !compressed
        && (!utf8.feed(bytes, start, length) || (last && !utf8.complete()))) {
      return CloseStatus.MALFORMED.because("not UTF-8");
    }
    return null;
  }

  public byte[] payload() {
    return bytes.length == length ? bytes : Arrays.copyOf(bytes, length);
  }

  /** Gives the bytes back to the budget, when the message is complete or given up. */
  public void end() {
    if (deadline != null) {
      deadline.cancel(false);
    }
    budget.add(Budget.Part.RECEIVED, -taken);
    taken = 0;
  }

  private boolean reserve(int size) {
    if (size > bytes.length) {
      var room = Math.max(size, (int) Math.min(2L * length, limits.messageBytes()));
      if (!budget.take(Budget.Part.RECEIVED, room - taken)) {
        return false;
      }
      taken = room;
      bytes = Arrays.copyOf(bytes, room);
    }
    return true;
  }
}
