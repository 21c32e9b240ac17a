package io.lhttp.bench;

import io.netty.channel.IoHandlerFactory;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.uring.IoUringIoHandler;
import io.netty.channel.uring.IoUringIoHandlerConfig;
import io.netty.channel.uring.IoUringServerSocketChannel;

/** The transports of the floor server. */
public enum Io {
  IO_URING,
  EPOLL,
  NIO;

  /**
   * The size of the submission queue of io_uring: one system call writes to this many subscribers.
   */
  private static final int SUBMISSIONS = 4096;

  /** At 1,000 subscribers a completion queue of 4,096, Netty's default, overflows. */
  private static final int COMPLETIONS = 32_768;

  /**
   * {@code auto} is the first transport that this kernel supports.
   *
   * @throws IllegalArgumentException with the names of the transports
   */
  public static Io named(String name) {
    return switch (name) {
      case "auto" -> Epoll.isAvailable() ? EPOLL : NIO;
      case "io_uring" -> IO_URING;
      case "epoll" -> EPOLL;
      case "nio" -> NIO;
      default ->
          throw new IllegalArgumentException(
              "unknown transport '%s', there are: auto, io_uring, epoll, nio".formatted(name));
    };
  }

  IoHandlerFactory handler() {
    return switch (this) {
      case IO_URING ->
          IoUringIoHandler.newFactory(
              new IoUringIoHandlerConfig().setRingSize(SUBMISSIONS).setCqSize(COMPLETIONS));
      case EPOLL -> EpollIoHandler.newFactory();
      case NIO -> NioIoHandler.newFactory();
    };
  }

  Class<? extends ServerChannel> serverChannel() {
    return switch (this) {
      case IO_URING -> IoUringServerSocketChannel.class;
      case EPOLL -> EpollServerSocketChannel.class;
      case NIO -> NioServerSocketChannel.class;
    };
  }
}
