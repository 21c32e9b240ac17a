package io.lhttp.bench.reloads;

import io.lhttp.bench.FrameCounter;
import io.netty.buffer.ByteBuf;
import java.util.Locale;
import java.util.function.LongConsumer;

/** Finds the numbers of publications in a connection's messages, however reads cut them. */
final class Numbers implements FrameCounter.Content {
  private static final int DIGITS = 9;

  private final LongConsumer found;
  private int missing;
  private long number;

  Numbers(LongConsumer found) {
    this.found = found;
  }

  /** Returns the text that carries a number. */
  static String text(long number) {
    return String.format(Locale.ROOT, "#%09d", number);
  }

  @Override
  public int count(ByteBuf part) {
    var numbers = 0;
    while (part.isReadable()) {
      if (missing == 0) {
        var at = part.bytesBefore((byte) '#');
        if (at < 0) {
          part.skipBytes(part.readableBytes());
          break;
        }
        part.skipBytes(at + 1);
        missing = DIGITS;
        number = 0;
      } else {
        number = 10 * number + part.readByte() - '0';
        if (--missing == 0) {
          found.accept(number);
          numbers++;
        }
      }
    }
    return numbers;
  }
}
