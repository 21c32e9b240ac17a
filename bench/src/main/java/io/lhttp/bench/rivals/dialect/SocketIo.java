package io.lhttp.bench.rivals.dialect;

import io.lhttp.bench.Dialect;
import io.lhttp.bench.FrameCounter;
import io.lhttp.bench.LoadBytes;
import io.lhttp.bench.Protocol;
import java.util.List;

/** Engine.IO 4 over WebSocket without polling, and events with strings as arguments. */
public final class SocketIo implements Dialect {
  private static final String BENCH = "bench";
  private static final byte[] CONNECT = LoadBytes.text("40");

  /**
   * The messages before the connection is open: the server's parameters, and the answer to {@link
   * #CONNECT}.
   */
  private static final int GREETINGS = 2;

  private final String body = LoadBytes.payload(LoadBytes.chat()).replace("\r\n", "  ");

  @Override
  public Protocol subscriber() {
    return new Protocol.WebSocket(
        LoadBytes.handshake("/socket.io/?EIO=4&transport=websocket"),
        CONNECT,
        GREETINGS,
        new FrameCounter());
  }

  @Override
  public Protocol publisher() {
    return subscriber();
  }

  @Override
  public byte[] echo() {
    return event("echo", body);
  }

  @Override
  public byte[] join() {
    return join(List.of(BENCH)).getFirst();
  }

  @Override
  public List<byte[]> join(List<String> channels) {
    return List.of(
        LoadBytes.text("42[\"join\",[\"%s\"]]".formatted(String.join("\",\"", channels))));
  }

  @Override
  public byte[] publish() {
    return publish(BENCH);
  }

  @Override
  public byte[] publish(String channel) {
    return event("chat", channel, body);
  }

  private static byte[] event(String... words) {
    return LoadBytes.text("42[\"%s\"]".formatted(String.join("\",\"", words)));
  }
}
