package io.lhttp.bench.rivals.dialect;

import io.lhttp.bench.FrameCounter;
import io.netty.buffer.ByteBuf;
import java.io.IOException;

/**
 * Counts messages in the operations of the NATS protocol, across frames and reads: NATS puts all
 * waiting messages into one WebSocket frame.
 */
final class NatsOperations implements FrameCounter.Content {
  private static final int MAX_LINE = 4096;
  private static final int LINE_END = 2;

  private final Runnable answerPing;
  private long payload;
  private int column;
  private int first;
  private int second;
  private int third;

  /** The last number of the line so far. */
  private int number;

  /**
   * @param answerPing sends a pong
   */
  NatsOperations(Runnable answerPing) {
    this.answerPing = answerPing;
  }

  /** Counts {@code MSG} with its whole payload, and {@code PONG}. */
  @Override
  public int count(ByteBuf part) throws IOException {
    var messages = 0;
    while (part.isReadable()) {
      if (payload > 0) {
        var length = (int) Math.min(payload, part.readableBytes());
        part.skipBytes(length);
        payload -= length;
        messages += payload == 0 ? 1 : 0;
      } else {
        messages += line(part.readByte());
      }
    }
    return messages;
  }

  private int line(byte octet) throws IOException {
    if (octet == '\n') {
      var kind = kind();
      column = 0;
      return end(kind);
    }
    switch (column++) {
      case 0 -> first = octet;
      case 1 -> second = octet;
      case 2 -> third = octet;
      default -> {}
    }
    if (octet >= '0' && octet <= '9') {
      number = 10 * number + octet - '0';
    } else if (octet != '\r') {
      number = 0;
    }
    if (column > MAX_LINE) {
      throw new IOException("a line of more than %d bytes from NATS".formatted(MAX_LINE));
    }
    return 0;
  }

  private String kind() {
    return column < 3 ? "" : "" + (char) first + (char) second + (char) third;
  }

  private int end(String kind) throws IOException {
    switch (kind) {
      case "MSG" -> payload = number + (long) LINE_END;
      case "PIN" -> answerPing.run();
      case "PON" -> {
        return 1;
      }
      case "-ER" -> throw new IOException("NATS answers with an error");
      default -> {}
    }
    return 0;
  }
}
