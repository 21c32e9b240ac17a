package io.lhttp.bench;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * One connection of the driver: writes raw bytes and counts received messages. Confined to its
 * event loop.
 */
@SuppressWarnings("FutureReturnValueIgnored") // a failed write ends in channelInactive
public abstract class Client extends ChannelInboundHandlerAdapter {
  private final CompletableFuture<Client> opened = new CompletableFuture<>();
  private final Meter meter;
  private final Protocol protocol;
  private volatile @Nullable ChannelHandlerContext context;
  private volatile boolean leaving;

  protected Client(Meter meter, Protocol protocol) {
    this.meter = meter;
    this.protocol = protocol;
  }

  /** Completes when messages can be sent; fails if the server refuses the connection. */
  public final CompletableFuture<Client> opened() {
    return opened;
  }

  public final Meter meter() {
    return meter;
  }

  public final ChannelHandlerContext context() {
    var c = context;
    if (c == null) {
      throw new IllegalStateException("not connected");
    }
    return c;
  }

  /** Writes {@code count} requests from a buffer of equal ones. */
  final void send(ByteBuf requests, int size, int count) {
    send(requests.retainedSlice(0, size * count));
  }

  /** Writes requests, and releases the caller's reference to the buffer. */
  protected final void send(ByteBuf requests) {
    context().writeAndFlush(requests, context().voidPromise());
  }

  /** Writes bytes for which no message is expected. */
  public final void send(byte[] bytes) {
    context().writeAndFlush(Unpooled.wrappedBuffer(bytes), context().voidPromise());
  }

  /** Closes without a close frame; any thread may call it. */
  public final void leave() {
    leaving = true;
    var c = context;
    if (c != null) {
      c.close();
    }
  }

  /** Called after each read from the socket, with the number of messages in it. */
  protected abstract void onReceived(int messages);

  final void open() {
    opened.complete(this);
  }

  /** Records the reason of a failure, and closes. */
  protected final void fail(String reason) {
    var failure = new IOException(reason);
    if (!opened.completeExceptionally(failure) && !leaving) {
      onLost(reason);
    }
    context().close();
  }

  /** Called when an open connection has failed. */
  protected void onLost(String reason) {
    System.err.println("load: " + reason);
  }

  @Override
  public final void channelActive(ChannelHandlerContext ctx) {
    context = ctx;
    protocol.connected(this);
  }

  @Override
  public final void channelRead(ChannelHandlerContext ctx, Object read) throws IOException {
    var in = (ByteBuf) read;
    try {
      var messages = protocol.count(this, in);
      if (messages > 0) {
        meter.received += messages;
        onReceived(messages);
      }
    } finally {
      in.release();
    }
  }

  @Override
  public final void channelInactive(ChannelHandlerContext ctx) {
    if (!leaving) {
      fail("the server closed a connection");
    }
  }

  @Override
  public final void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    fail(cause.toString());
  }
}
