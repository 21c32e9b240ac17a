package io.lhttp.bench.rivals.dialect;

import io.lhttp.bench.Dialect;
import io.lhttp.bench.FrameCounter;
import io.lhttp.bench.LoadBytes;
import io.lhttp.bench.Protocol;
import io.netty.buffer.ByteBuf;
import java.util.List;

/**
 * Centrifugo's JSON protocol: commands with a number, replies to each, and pushes. A frame holds
 * several of them, one a line. Centrifugo also answers each publication.
 */
public final class Centrifugo implements Dialect {
  private static final String BENCH = "bench";
  private static final byte[] CONNECT = LoadBytes.text("{\"id\":1,\"connect\":{}}");

  private final String body =
      LoadBytes.payload(LoadBytes.chat()).replace("\r", "\\r").replace("\n", "\\n");

  @Override
  public Protocol subscriber() {
    return connection(new FrameCounter(new Lines()));
  }

  @Override
  public Protocol publisher() {
    return connection(new FrameCounter(new FirstFrame()));
  }

  private static Protocol connection(FrameCounter frames) {
    return new Protocol.WebSocket(LoadBytes.handshake("/connection/websocket"), CONNECT, 1, frames);
  }

  @Override
  public byte[] echo() {
    throw new UnsupportedOperationException("Centrifugo has no echo");
  }

  @Override
  public byte[] join() {
    return join(List.of(BENCH)).getFirst();
  }

  @Override
  public List<byte[]> join(List<String> channels) {
    return channels.stream()
        .map(channel -> "{\"id\":2,\"subscribe\":{\"channel\":\"%s\"}}".formatted(channel))
        .map(LoadBytes::text)
        .toList();
  }

  @Override
  public byte[] publish() {
    return publish(BENCH);
  }

  @Override
  public byte[] publish(String channel) {
    return LoadBytes.text(
        "{\"id\":3,\"publish\":{\"channel\":\"%s\",\"data\":\"%s\"}}".formatted(channel, body));
  }

  /** Counts the lines of a frame; the last one has no end. */
  static final class Lines implements FrameCounter.Content {
    @Override
    public int count(ByteBuf part) {
      var lines = 0;
      for (var at = part.bytesBefore((byte) '\n'); at >= 0; at = part.bytesBefore((byte) '\n')) {
        part.skipBytes(at + 1);
        lines++;
      }
      return lines;
    }

    @Override
    public int end() {
      return 1;
    }
  }

  /** Counts the reply to the connect command alone. */
  private static final class FirstFrame implements FrameCounter.Content {
    private boolean ended;

    @Override
    public int count(ByteBuf part) {
      part.skipBytes(part.readableBytes());
      return 0;
    }

    @Override
    public int end() {
      var first = !ended;
      ended = true;
      return first ? 1 : 0;
    }
  }
}
