package io.lhttp.app.logging;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Writes log lines on a thread of its own, so that the threads that log never wait for the program
 * that reads the log. The lines that wait are bounded in bytes and number. Further lines are
 * dropped and counted, and a later line reports their number. All threads may use it.
 */
final class LogWriter {
  private static final int LINES = 65_536;
  private static final Duration LOOK = Duration.ofMillis(5);

  /** The destination of the lines. A write may block. */
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

  /** The number of dropped lines that were reported. Only the writing thread uses it. */
  private long reportedDrops;

  /**
   * @param most the most bytes of lines that wait
   */
  LogWriter(Sink sink, long most) {
    this.sink = sink;
    this.most = most;
    Thread.ofPlatform().daemon().name("lhttp-log").start(this::write);
  }

  /** Sets the text of the line that reports a number of dropped lines. */
  void notice(LongFunction<byte @Nullable []> notice) {
    this.notice = notice;
  }

  /** Queues a line, or drops it if too many wait. Returns at once. */
  void add(byte[] line) {
    if (waiting.addAndGet(line.length) > most || !lines.offer(line)) {
      waiting.addAndGet(-line.length);
      dropped.incrementAndGet();
    }
  }

  /** The number of dropped lines. */
  long dropped() {
    return dropped.get();
  }

  /** Waits until all queued lines are written, at most for {@code patience}. */
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
          reportDropped();
        } finally {
          waiting.addAndGet(-line.length);
        }
      } catch (InterruptedException | IOException | RuntimeException | Error e) {
        // The log itself failed, so its error can't be logged; the next line is tried.
      }
    }
  }

  private void reportDropped() throws IOException {
    var now = dropped.get();
    if (now > reportedDrops) {
      var line = notice.apply(now - reportedDrops);
      reportedDrops = now;
      if (line != null) {
        sink.write(line);
      }
    }
  }
}
