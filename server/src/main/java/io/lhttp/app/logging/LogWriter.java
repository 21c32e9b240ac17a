package io.lhttp.app.logging;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Writes lines from a thread of its own, so that whoever logs never waits for whoever reads. What
 * waits is bounded, in bytes and lines; beyond that new lines are dropped and counted, and the log
 * says how many once it is read again. Safe for all threads.
 */
final class LogWriter {
  private static final int LINES = 65_536;
  private static final Duration LOOK = Duration.ofMillis(5);

  /** The destination of lines; may wait. */
  @FunctionalInterface
  interface Sink {
    void write(byte[] line) throws IOException;
  }

  private final LinkedBlockingQueue<byte[]> lines = new LinkedBlockingQueue<>(LINES);
  private final AtomicLong waiting = new AtomicLong();
  private final AtomicLong dropped = new AtomicLong();
  private final Sink sink;
  private final long most;
  private volatile LongFunction<byte @Nullable []> notice = count -> null;

  /** The writer's alone. */
  private long told;

  /**
   * @param most bytes that may wait
   */
  LogWriter(Sink sink, long most) {
    this.sink = sink;
    this.most = most;
    Thread.ofPlatform().daemon().name("lhttp-log").start(this::write);
  }

  /** How the log says that so many lines were dropped. */
  void notice(LongFunction<byte @Nullable []> notice) {
    this.notice = notice;
  }

  /** Takes a line, or drops it; returns at once. */
  void add(byte[] line) {
    if (waiting.addAndGet(line.length) > most || !lines.offer(line)) {
      waiting.addAndGet(-line.length);
      dropped.incrementAndGet();
    }
  }

  /** Lines that nobody will read. */
  long dropped() {
    return dropped.get();
  }

  /** Waits until everything is written, but no longer than this. */
  void flush(Duration patience) {
    var end = System.nanoTime() + patience.toNanos();
    while (waiting.get() > 0 && System.nanoTime() - end < 0) {
      LockSupport.parkNanos(LOOK.toNanos());
    }
  }

  private void write() {
    while (true) {
      try {
        var line = lines.take();
        try {
          sink.write(line);
          tell();
        } finally {
          waiting.addAndGet(-line.length);
        }
      } catch (InterruptedException | IOException | RuntimeException | Error e) {
        // There is no other place to say so; the next line is tried.
      }
    }
  }

  private void tell() throws IOException {
    var now = dropped.get();
    if (now > told) {
      var line = notice.apply(now - told);
      told = now;
      if (line != null) {
        sink.write(line);
      }
    }
  }
}
