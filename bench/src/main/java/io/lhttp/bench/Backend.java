package io.lhttp.bench;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpVersion;
import java.net.InetSocketAddress;
import java.util.List;

/** The HTTP server to which messages are forwarded. It answers every request with an empty 200. */
final class Backend {
  private static final int MAX_HTTP = 64 * 1024;

  private Backend() {}

  static void main(String[] line) {
    var args = Args.parse(List.of(line), List.of("transport"));
    var io = Io.named(args.option("transport").orElse("auto"));
    var listener =
        new ServerBootstrap()
            .group(new MultiThreadIoEventLoopGroup(1, io.handler()))
            .channel(io.serverChannel())
            .childHandler(
                new ChannelInitializer<>() {
                  @Override
                  protected void initChannel(Channel connection) {
                    connection
                        .pipeline()
                        .addLast(new HttpServerCodec())
                        .addLast(new HttpObjectAggregator(MAX_HTTP))
                        .addLast(new Ok());
                  }
                })
            .bind("127.0.0.1", 0)
            .syncUninterruptibly()
            .channel();
    System.out.printf(
        "listening on ws://127.0.0.1:%d/%n",
        ((InetSocketAddress) listener.localAddress()).getPort());
  }

  @SuppressWarnings("FutureReturnValueIgnored") // a failed write closes the connection
  private static final class Ok extends SimpleChannelInboundHandler<FullHttpRequest> {
    @Override
    protected void channelRead0(ChannelHandlerContext context, FullHttpRequest request) {
      var response =
          new DefaultFullHttpResponse(
              HttpVersion.HTTP_1_1, HttpResponseStatus.OK, Unpooled.EMPTY_BUFFER);
      response.headers().setInt(HttpHeaderNames.CONTENT_LENGTH, 0);
      context.writeAndFlush(response, context.voidPromise());
    }

    /** Ignores the error of a load generator that ends without closing its connections. */
    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      context.close();
    }
  }
}
