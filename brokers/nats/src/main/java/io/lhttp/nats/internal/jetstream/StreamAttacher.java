package io.lhttp.nats.internal.jetstream;

import io.lhttp.internal.log.ErrorLog;
import io.lhttp.nats.internal.link.NatsLink;
import io.nats.client.JetStreamApiException;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Attaches to the streams of the histories: finds or creates each one, and tries again until all
 * are attached to. Owned by {@link HistoryStreams}. Any thread may request an attempt; one virtual
 * thread at a time makes it.
 */
final class StreamAttacher {
  private static final Logger log = LoggerFactory.getLogger(StreamAttacher.class);
  private static final ErrorLog errors = new ErrorLog(log, "a stream at NATS");

  private static final Duration RETRY = Duration.ofMillis(250);

  private final NatsLink link;
  private final List<HistoryStream> streams;
  private final Executor threads;
  private final Consumer<HistoryStream> onRecreated;
  private final CountDownLatch allAttached = new CountDownLatch(1);
  private final AtomicBoolean running = new AtomicBoolean();
  private final LongAdder recreated = new LongAdder();
  private volatile boolean requested;

  /**
   * @param onRecreated called with each stream that has another incarnation than before
   */
  StreamAttacher(
      NatsLink link,
      List<HistoryStream> streams,
      Executor threads,
      Consumer<HistoryStream> onRecreated) {
    this.link = link;
    this.streams = streams;
    this.threads = threads;
    this.onRecreated = onRecreated;
  }

  /** How often a stream had another incarnation than before. */
  long recreated() {
    return recreated.sum();
  }

  /** Whether the last attempt succeeded for each stream. */
  boolean attached() {
    for (var stream : streams) {
      if (stream.incarnation() == null || stream.trouble() != null) {
        return false;
      }
    }
    return true;
  }

  /**
   * Blocks until all streams are attached to, at most for {@code patience}. Returns whether they
   * are.
   */
  boolean await(Duration patience) throws InterruptedException {
    return streams.isEmpty() || allAttached.await(patience.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** Requests an attempt for all streams, on another thread. */
  void attach() {
    requested = true;
    if (!running.getAndSet(true)) {
      threads.execute(this::attachUntilAllAre);
    }
  }

  private void attachUntilAllAre() {
    try {
      while (requested) {
        requested = false;
        for (var stream : streams) {
          if (!attach(stream)) {
            requested = link.established() != null;
          }
        }
        if (requested) {
          Thread.sleep(RETRY);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // the broker is being closed
    } finally {
      running.set(false);
    }
    if (requested) {
      attach(); // another thread has requested an attempt after the loop had ended
    }
  }

  private boolean attach(HistoryStream stream) {
    var connection = link.established();
    if (connection == null) {
      return false;
    }
    var first = stream.incarnation() == null;
    try {
      if (stream.attach(connection)) {
        recreated.increment();
        log.warn("stream {} was created again: its history begins a new epoch", stream.stream());
        onRecreated.accept(stream);
      } else if (first) {
        log.info("NATS keeps the history, stream={}", stream.stream());
      }
      stream.trouble(null);
      if (attached()) {
        allAttached.countDown();
      }
      return true;
    } catch (IOException | JetStreamApiException | IllegalStateException e) {
      logOnce(stream, e);
      return false;
    } catch (RuntimeException | Error e) {
      stream.trouble(String.valueOf(e.getClass()));
      errors.add(e);
      return false;
    }
  }

  /** Logs a failure, unless the last attempt for this stream failed in the same way. */
  private void logOnce(HistoryStream stream, Exception e) {
    var message = Objects.toString(e.getMessage());
    var text =
        message.contains("NATS JetStream server")
            ? message + " (start nats-server with -js)"
            : message;
    if (link.established() != null && !text.equals(stream.trouble())) {
      stream.trouble(text);
      log.error("NATS can't keep the history, stream={}: {}", stream.stream(), text);
    }
  }
}
