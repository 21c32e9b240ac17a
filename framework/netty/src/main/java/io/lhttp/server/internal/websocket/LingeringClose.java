package io.lhttp.server.internal.websocket;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.ssl.SslHandler;
import java.util.concurrent.TimeUnit;

/**
 * Closes the server's sending side while the client may still send. Closing the whole socket at
 * once would reset the connection, and the client might lose the server's last frame.
 */
public final class LingeringClose {
  /**
   * The longest time in milliseconds that the server reads the socket until the client has closed
   * it.
   */
  private static final long LINGER_MILLIS = 1_000;

  /** Closes the server's sending side after a write has completed. */
  public static final ChannelFutureListener AFTERWARDS = written -> close(written.channel());

  private LingeringClose() {}

  private static void close(Channel channel) {
    var tls = channel.pipeline().get(SslHandler.class);
    if (tls != null) {
      tls.closeOutbound();
    } else if (channel instanceof DuplexChannel duplex) {
      duplex.shutdownOutput();
    }
    if (channel.isOpen()) {
      channel.config().setAutoRead(true);
      var cut =
          channel.eventLoop().schedule(() -> channel.close(), LINGER_MILLIS, TimeUnit.MILLISECONDS);
      channel.closeFuture().addListener(closed -> cut.cancel(false));
    }
  }
}
