package io.lhttp.server;

import io.netty.channel.IoHandlerFactory;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.ServerSocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.uring.IoUring;
import io.netty.channel.uring.IoUringIoHandler;
import io.netty.channel.uring.IoUringIoHandlerConfig;
import io.netty.channel.uring.IoUringServerSocketChannel;
import java.util.Locale;

/** The kernel's interface by which event loops learn of network events. */
public enum Transport {
  /** epoll on Linux, else NIO. */
  AUTO,
  /** Linux's newer interface, which many container runtimes forbid. */
  IO_URING,
  /** Linux's usual interface. */
  EPOLL,
  /** The JDK's interface, on every system. */
  NIO;

  /** The number of writes that one turn of an event loop can submit in one system call. */
  private static final int RING = 4096;

  /**
   * The size of the completion queue. A fan-out to 1,000 sockets overflowed Netty's default of
   * 4,096 entries.
   */
  private static final int COMPLETIONS = 16_384;

  static {
    // Turns off two features of io_uring: a multishot poll can lose a reset, and a failing
    // multishot accept repeats without a pause. Netty reads both properties when its io_uring
    // classes are first used, which happens below.
    withDefault("io.netty.iouring.pollAddMultishotEnabled", "false");
    withDefault("io.netty.iouring.acceptMultiShotEnabled", "false");
  }

  private static void withDefault(String property, String value) {
    if (System.getProperty(property) == null) {
      System.setProperty(property, value);
    }
  }

  /** Returns the transport that the server uses on this machine; never {@link #AUTO}. */
  public Transport resolve() {
    if (this != AUTO) {
      return this;
    }
    return Epoll.isAvailable() ? EPOLL : NIO;
  }

  /** Whether this machine supports the transport. */
  public boolean available() {
    return switch (this) {
      case IO_URING -> IoUring.isAvailable();
      case EPOLL -> Epoll.isAvailable();
      case AUTO, NIO -> true;
    };
  }

  /** Returns the name in the configuration: {@code io_uring}. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }

  IoHandlerFactory handlers() {
    return switch (this) {
      case AUTO -> resolve().handlers();
      case IO_URING -> {
        IoUring.ensureAvailability();
        yield IoUringIoHandler.newFactory(
            new IoUringIoHandlerConfig().setRingSize(RING).setCqSize(COMPLETIONS));
      }
      case EPOLL -> {
        Epoll.ensureAvailability();
        yield EpollIoHandler.newFactory();
      }
      case NIO -> NioIoHandler.newFactory();
    };
  }

  Class<? extends ServerSocketChannel> channel() {
    return switch (this) {
      case AUTO -> resolve().channel();
      case IO_URING -> IoUringServerSocketChannel.class;
      case EPOLL -> EpollServerSocketChannel.class;
      case NIO -> NioServerSocketChannel.class;
    };
  }
}
