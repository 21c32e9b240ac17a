package io.lhttp.bench.rivals.dialect;

import io.lhttp.bench.Dialect;
import io.lhttp.bench.FrameCounter;
import io.lhttp.bench.LoadBytes;
import io.lhttp.bench.Protocol;
import io.netty.buffer.ByteBuf;

/** A path that publishes and one that subscribes. Nchan answers each publication, too. */
public final class Nchan implements Dialect {
  private static final byte[] NOTHING = {};

  @Override
  public Protocol subscriber() {
    return new Protocol.WebSocket(
        LoadBytes.handshake("/subscribe"), NOTHING, 0, new FrameCounter());
  }

  @Override
  public Protocol publisher() {
    return new Protocol.WebSocket(
        LoadBytes.handshake("/publish"), NOTHING, 0, new FrameCounter(Nchan::skip));
  }

  private static int skip(ByteBuf answer) {
    answer.skipBytes(answer.readableBytes());
    return 0;
  }

  @Override
  public byte[] echo() {
    throw new UnsupportedOperationException("Nchan has no echo");
  }

  /** Connecting subscribes. */
  @Override
  public byte[] join() {
    return NOTHING;
  }

  @Override
  public byte[] publish() {
    return LoadBytes.chat();
  }
}
