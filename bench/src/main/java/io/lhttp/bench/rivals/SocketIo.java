package io.lhttp.bench.rivals;

import io.lhttp.bench.Dialect;
import io.lhttp.bench.FrameCounter;
import io.lhttp.bench.LoadBytes;
import io.lhttp.bench.Protocol;

/** Engine.IO 4 over WebSocket without polling, and events with one string argument. */
final class SocketIo implements Dialect {
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
    return event("echo");
  }

  @Override
  public byte[] join() {
    return LoadBytes.text("42[\"join\"]");
  }

  @Override
  public byte[] publish() {
    return event("chat");
  }

  private byte[] event(String name) {
    return LoadBytes.text("42[\"%s\",\"%s\"]".formatted(name, body));
  }
}
