package io.lhttp.server.internal.connection;

import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.internal.measure.BlockWatch;
import io.lhttp.server.Limits;
import io.lhttp.server.internal.limit.Budget;
import io.lhttp.server.internal.limit.Counters;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A real event loop reads its sockets between low-priority tasks. */
class EventLoopTurnsTest {
  private static final int MANY = 1_000_000;

  private final MultiThreadIoEventLoopGroup group =
      new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
  private final EventLoopContext loop =
      new EventLoopContext(
          group.next(),
          0,
          new BlockWatch(Duration.ofSeconds(1)).slot(Thread.currentThread()),
          Limits.DEFAULT,
          new Counters(),
          new Budget(1 << 30));
  private final CompletableFuture<Channel> accepted = new CompletableFuture<>();
  private final CompletableFuture<Integer> piecesBeforeTheRead = new CompletableFuture<>();
  private final AtomicInteger pieces = new AtomicInteger();

  @AfterEach
  void end() {
    group.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
  }

  @Test
  void lowPriorityTasks_letSocketsBeReadInBetween() throws Exception {
    var server = listen();
    try (var client =
        new Socket(
            InetAddress.getLoopbackAddress(),
            ((InetSocketAddress) server.localAddress()).getPort())) {
      accepted.get(10, TimeUnit.SECONDS);

      loop.execute(() -> {
        // written in this turn, so that it is read only after the first tasks have run
        write(client);
        loop.runLowPriority(this::pieceByPiece);
      });

      assertThat(piecesBeforeTheRead.get(60, TimeUnit.SECONDS)).isLessThan(1_000);
    }
  }

  private Channel listen() throws InterruptedException {
    return new ServerBootstrap()
        .group(group)
        .channel(NioServerSocketChannel.class)
        .childHandler(new Reader())
        .bind(InetAddress.getLoopbackAddress(), 0)
        .sync()
        .channel();
  }

  private void pieceByPiece() {
    if (pieces.incrementAndGet() < MANY && !piecesBeforeTheRead.isDone()) {
      loop.runLowPriority(this::pieceByPiece);
    }
  }

  private static void write(Socket client) {
    try {
      client.getOutputStream().write(1);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private final class Reader extends ChannelInboundHandlerAdapter {
    @Override
    public void channelActive(ChannelHandlerContext context) {
      accepted.complete(context.channel());
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
      ReferenceCountUtil.release(message);
      piecesBeforeTheRead.complete(pieces.get());
    }
  }
}
