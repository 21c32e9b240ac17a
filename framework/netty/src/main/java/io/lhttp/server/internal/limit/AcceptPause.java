package io.lhttp.server.internal.limit;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Pauses accepting when the kernel has no file descriptor or memory for a connection. New
 * connections wait in the kernel's backlog. Confined to the listener's event loop.
 */
public final class AcceptPause extends ChannelInboundHandlerAdapter {
  private static final Logger log = LoggerFactory.getLogger(AcceptPause.class);

  public static final Duration PAUSE = Duration.ofMillis(100);

  /** The shortest time between two log lines. */
  static final Duration LOG_PAUSE = Duration.ofMinutes(1);

  private final Counters counters;
  private final LongSupplier nanoTime;

  private boolean logged;
  private long loggedAt;
  private long unlogged;

  public AcceptPause(Counters counters, LongSupplier nanoTime) {
    this.counters = counters;
    this.nanoTime = nanoTime;
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    if (!(cause instanceof IOException)) {
      context.fireExceptionCaught(cause);
      return;
    }
    counters.acceptFailures.increment();
    logFailure(cause);
    var listener = context.channel();
    if (listener.config().isAutoRead()) {
      listener.config().setAutoRead(false);
      context
          .executor()
          .schedule(
              () -> listener.config().setAutoRead(true), PAUSE.toMillis(), TimeUnit.MILLISECONDS);
    }
  }

  private void logFailure(Throwable cause) {
    var now = nanoTime.getAsLong();
    if (logged && now - loggedAt < LOG_PAUSE.toNanos()) {
      unlogged++;
      return;
    }
    log.warn(
        "failed to accept a connection: {}{} pause={}ms failures={}",
        cause.getMessage(),
        String.valueOf(cause.getMessage()).contains("Too many open files")
            ? "; raise the limit of open files, or lower limits.connections"
            : "",
        PAUSE.toMillis(),
        unlogged + 1);
    logged = true;
    loggedAt = now;
    unlogged = 0;
  }
}
