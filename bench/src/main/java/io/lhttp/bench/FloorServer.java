package io.lhttp.bench;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpServerCodec;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/**
 * The minimal server for comparisons: Netty's WebSocket frames, an echo and one channel, without
 * checks, limits or a chain. The difference to our server's cost is the cost of checks, limits and
 * chain.
 */
public final class FloorServer implements AutoCloseable {
  private static final int BACKLOG = 4096;
  private static final int MAX_HTTP = 64 * 1024;

  private final MultiThreadIoEventLoopGroup loops;
  private final Channel listener;

  private FloorServer(MultiThreadIoEventLoopGroup loops, Channel listener) {
    this.loops = loops;
    this.listener = listener;
  }

  static void main(String[] line) {
    var args = Args.parse(List.of(line), List.of("transport", "backend"));
    var backend = args.option("backend").map(b -> new BareCall(b, Mode.FORWARD.connections));
    var io = Io.named(args.option("transport").orElse("auto"));
    var server = start(io, FloorMembers::new, backend);
    System.out.printf("listening on ws://127.0.0.1:%d/%n", server.port());
  }

  /** Starts on a free port of 127.0.0.1 with one event loop per CPU. */
  static FloorServer start(Io io) {
    return start(io, FloorMembers::new);
  }

  /** Starts with another channel. */
  public static FloorServer start(Io io, Function<EventLoopGroup, FloorChannel> make) {
    return start(io, make, Optional.empty());
  }

  /**
   * @param forward sends a request for every message before its echo
   */
  private static FloorServer start(
      Io io, Function<EventLoopGroup, FloorChannel> make, Optional<BareCall> forward) {
    var loops =
        new MultiThreadIoEventLoopGroup(Runtime.getRuntime().availableProcessors(), io.handler());
    var channel = make.apply(loops);
    var listener =
        new ServerBootstrap()
            .group(loops)
            .channel(io.serverChannel())
            .option(ChannelOption.SO_BACKLOG, BACKLOG)
            .childHandler(
                new ChannelInitializer<>() {
                  @Override
                  protected void initChannel(Channel connection) {
                    connection
                        .pipeline()
                        .addLast(new HttpServerCodec())
                        .addLast(new HttpObjectAggregator(MAX_HTTP))
                        .addLast(new FloorHandler(channel, forward));
                  }
                })
            .bind("127.0.0.1", 0)
            .syncUninterruptibly()
            .channel();
    return new FloorServer(loops, listener);
  }

  public int port() {
    return ((InetSocketAddress) listener.localAddress()).getPort();
  }

  @Override
  public void close() {
    listener.close().syncUninterruptibly();
    loops.shutdownGracefully(0, 5, TimeUnit.SECONDS).syncUninterruptibly();
  }
}
